// The room's page: two sockets, one talk, one player.

import { Chat } from "./chat.js";
import { Identity } from "./identity.js";
import { People } from "./people.js";
import { Danmaku } from "./room/danmaku.js";
import { offerFullScreen } from "./room/fullscreen.js";
import { HostTools } from "./room/host.js";
import { Invite } from "./room/invite.js";
import { followKeys } from "./room/keys.js";
import { showWaiting } from "./room/waiting.js";
import { LiveSocket } from "./socket.js";
import { Screen } from "./sync.js";
import { RoomPlayer } from "./sync/follower.js";
import { VideoPlayer } from "./sync/video.js";
import { element, say } from "./words.js";

const config = JSON.parse(document.getElementById("room-data").textContent);
const find = (id) => document.getElementById(id);
const identity = new Identity(config.username, config.invite);
const chatSocket = new LiveSocket("/ws/chat");
const syncSocket = new LiveSocket("/ws/sync");
const video = find("video");

const chat = new Chat({ socket: chatSocket, identity, roomId: config.room_id, root: find("side") });
const player = new VideoPlayer(video);
const room = new RoomPlayer({
  socket: syncSocket, roomId: config.room_id, name: () => identity.name, key: identity.key, player, film: config.movie_id,
  addressOf,
});
new Screen({
  room,
  player,
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
new Danmaku({
  room,
  socket: chatSocket,
  roomId: config.room_id,
  identity,
  film: config.movie_id,
  layer: find("danmaku"),
  controls: { toggle: find("danmaku-toggle"), form: find("danmaku-form") },
});
offerFullScreen({ screen: video.parentElement, video, button: find("full-screen") });
// The times beside the talk: for everyone where this person may lead them there, for oneself alone.
const mayJump = () => room.isAlone || room.may("seek");
room.addEventListener("state", () => (chat.mayJump = mayJump()));
room.addEventListener("roles", () => (chat.mayJump = mayJump()));
find("messages").addEventListener("click", ({ target }) => {
  const stamp = target.closest("[data-second]");
  if (!stamp || !mayJump()) return;
  if (room.isAlone) player.seek(Number(stamp.dataset.second));
  else room.seek(Number(stamp.dataset.second));
});
followKeys({ video, content: find("content"), fullScreen: find("full-screen") });
showWaiting({ room, button: find("start-anyway"), note: find("begins") });
const people = new People({
  chatSocket, syncSocket, room, roomId: config.room_id, identity, list: find("people"), count: find("people-count"),
});
new Invite({
  config, identity, dialog: find("invite"), copy: [find("copy-link"), document.querySelector("[data-copies]")], open: find("invite-open"),
});
if (find("host-tools")) {
  new HostTools({ config, socket: chatSocket, people, open: find("host-open"), settings: find("host-tools"), person: find("person") });
}
find("solo")?.addEventListener("click", () => room.goSolo());
room.addEventListener("state", () => find("solo") && (find("solo").hidden = room.standing !== "in" || room.isAlone));

/** Where another film of this room is. */
async function addressOf(movieId) {
  const answer = await fetch(`/api/movies/${movieId}`);
  const { movie } = await answer.json();
  // This server's own addresses hold the name that it calls itself; the page may know it by another.
  return movie.video_url.startsWith(config.public_url) ? movie.video_url.slice(config.public_url.length) : movie.video_url;
}

// Connection ---------------------------------------------------------------------------------------------------------
const SIGNED_OUT = 4501;
const troubles = new Map(); // socket -> {words, isFinal, isSignedOut}
let shown = null;

function setTrouble(socket, trouble) {
  if (trouble) troubles.set(socket, trouble);
  else troubles.delete(socket);
  showConnection();
}

function showConnection() {
  const all = [...troubles.values()];
  const worst = all.find(({ isSignedOut }) => isSignedOut) ?? all.find(({ isFinal }) => isFinal) ?? all[0];
  find("send").disabled = Boolean(worst?.isFinal);
  find("lost").hidden = !worst;
  if (worst?.words === shown) return; // What has been read out is not read out again.
  shown = worst?.words ?? null;
  find("lost").replaceChildren(shown ?? "");
  if (worst?.isSignedOut) offerLogin();
}

/** The page was made for somebody who was logged in; logging in brings a new one. */
function offerLogin() {
  const address = `/login?next=${encodeURIComponent(location.pathname)}`;
  find("lost").append(element("a", { class: "button little", href: address }, say("log_in_again")));
  for (const account of document.querySelectorAll(".top nav")) account.hidden = true;
}

function troubleOf({ final, code }) {
  if (!final) return { words: say(navigator.onLine ? "lost" : "offline") };
  const isSignedOut = code === SIGNED_OUT;
  return { words: say(isSignedOut ? "signed_out" : "not_allowed"), isFinal: true, isSignedOut };
}

function removedWords(reason) {
  return say(reason === "closed" || reason === "kicked" ? reason : "not_allowed");
}

for (const socket of [chatSocket, syncSocket]) {
  socket.addEventListener("open", () => setTrouble(socket, null));
  socket.addEventListener("down", ({ detail }) => setTrouble(socket, troubleOf(detail)));
  socket.addEventListener("silent", () => setTrouble(socket, { words: say("silent") }));
  socket.addEventListener("heard", () => setTrouble(socket, null));
  socket.addEventListener("frame", ({ detail: frame }) => {
    if (frame.type === "snapshot") setTrouble(socket, null);
    else if (frame.type === "removed") setTrouble(socket, { words: removedWords(frame.reason), isFinal: true });
    else if (frame.type === "error" && frame.ref === "join") setTrouble(socket, { words: frame.detail });
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
    room.enter();
  }
  guestName.value = identity.name;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const words = content.value.trim();
  if (!words || find("send").disabled) return; // The return key asks no button. What was written stays, to be copied.
  if (guestName) takeName();
  chat.post(words, room.position);
  content.value = "";
  content.focus();
});

// Return sends, shift and return begins a line; while an input method composes (Chinese), return is its own.
content.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  form.requestSubmit();
});

player.addEventListener("failed", () => {
  find("unplayable").hidden = false;
  find("cover").hidden = true;
});
chatSocket.connect();
// Beside another device that plays the film this one has the talk alone, and tells the room of no player.
if (!config.is_companion) {
  player.load(video.dataset.source);
  syncSocket.connect();
}
