// The room's page: two sockets, one talk, one player.

import { Chat } from "./chat.js";
import { Identity } from "./identity.js";
import { People } from "./people.js";
import { load } from "./player.js";
import { LiveSocket } from "./socket.js";
import { SyncedPlayer } from "./sync.js";
import { say } from "./words.js";

const config = JSON.parse(document.getElementById("room-data").textContent);
const find = (id) => document.getElementById(id);
const identity = new Identity(config.username);
const chatSocket = new LiveSocket("/ws/chat");
const syncSocket = new LiveSocket("/ws/sync");
const video = find("video");

const chat = new Chat({ socket: chatSocket, identity, roomId: config.room_id, root: find("side") });
const people = new People({ socket: chatSocket, list: find("people"), count: find("people-count") });
const player = new SyncedPlayer({
  socket: syncSocket,
  identity,
  roomId: config.room_id,
  video,
  parts: {
    cover: find("cover"),
    coverText: find("cover-text"),
    coverButton: find("cover-button"),
    unmute: find("unmute"),
    live: find("live"),
    host: find("host"),
    state: find("sync-state"),
  },
});
player.addEventListener("host", () => (people.host = player.host));

// Connection ---------------------------------------------------------------------------------------------------------
const ENDED = { 4501: "signed_out", 4503: "not_allowed" };
const down = new Map();

function showConnection() {
  const problem = [...down.values()].find(Boolean);
  find("lost").hidden = !problem;
  if (problem) find("lost").textContent = problem;
  find("send").disabled = [...down.values()].some((words) => Object.values(ENDED).map((name) => say(name)).includes(words));
}

for (const socket of [chatSocket, syncSocket]) {
  socket.addEventListener("open", () => {
    down.delete(socket);
    showConnection();
  });
  socket.addEventListener("down", ({ detail: { final, code } }) => {
    down.set(socket, say(final ? (ENDED[code] ?? "not_allowed") : "lost"));
    showConnection();
  });
  socket.addEventListener("frame", ({ detail: frame }) => {
    if (frame.type === "snapshot") down.delete(socket);
    else if (frame.type === "removed") down.set(socket, say("not_allowed"));
    else if (frame.type === "error" && frame.ref === "join") down.set(socket, frame.detail);
    else return;
    showConnection();
  });
}

// A phone's screen is for the talk; how many are here still shows.
find("people-box").open = matchMedia("(min-width: 56.01rem)").matches;

// Composing ----------------------------------------------------------------------------------------------------------
const form = find("compose");
const content = find("content");
const guestName = find("guest-name");

if (guestName) {
  guestName.value = identity.name;
  guestName.addEventListener("change", takeName);
}

function takeName() {
  if (identity.rename(guestName.value)) {
    chat.renamed();
    player.renamed();
  }
  guestName.value = identity.name;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const words = content.value.trim();
  if (!words) return;
  if (guestName) takeName();
  chat.post(words, player.position);
  content.value = "";
  content.focus();
});

// Return sends, shift and return begins a line; while an input method composes (Chinese), return is its own.
content.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  form.requestSubmit();
});

load(video, () => {
  find("unplayable").hidden = false;
  find("cover").hidden = true;
});
chatSocket.connect();
syncSocket.connect();
