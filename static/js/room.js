// The room's page: two sockets, one talk, one player.

import { Chat } from "./chat.js";
import { Identity } from "./identity.js";
import { People } from "./people.js";
import { remember } from "./progress.js";
import { call } from "./room/api.js";
import { Danmaku } from "./room/danmaku.js";
import { Draft } from "./room/draft.js";
import { offerFullScreen } from "./room/fullscreen.js";
import { HostTools } from "./room/host.js";
import { Invite } from "./room/invite.js";
import { followKeys } from "./room/keys.js";
import { Removing } from "./room/removing.js";
import { Troubles } from "./room/troubles.js";
import { showWaiting } from "./room/waiting.js";
import { LiveSocket } from "./socket.js";
import { Screen } from "./sync.js";
import { RoomPlayer } from "./sync/follower.js";
import { VideoPlayer } from "./sync/video.js";
import { say } from "./words.js";

const config = JSON.parse(document.getElementById("room-data").textContent);
const find = (id) => document.getElementById(id);
const identity = new Identity(config.username, config.invite);
const chatSocket = new LiveSocket("/ws/chat", { username: config.username });
const syncSocket = new LiveSocket("/ws/sync", { username: config.username });
const video = find("video");
const heading = document.querySelector(".stage h1 a");

const question = find("remove-question");
const removing = question && new Removing({ list: find("messages"), question, roomId: config.room_id });
const chat = new Chat({ socket: chatSocket, identity, roomId: config.room_id, film: config.movie_id, root: find("side"), removing });
const player = new VideoPlayer(video);
const room = new RoomPlayer({
  socket: syncSocket, roomId: config.room_id, name: () => identity.name, key: identity.key, player, film: config.movie_id,
  lookUp,
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
let toldFilm = config.movie_id; // with the talk
const followFilm = () => chat.follow({ film: config.is_companion ? toldFilm : room.film, mayJump: mayJump() });
for (const name of ["state", "roles"]) room.addEventListener(name, followFilm);
find("messages").addEventListener("click", ({ target }) => {
  const stamp = target.closest("[data-second]");
  if (!stamp || !mayJump()) return;
  if (room.isAlone) player.seek(Number(stamp.dataset.second));
  else room.seek(Number(stamp.dataset.second));
});
followKeys({ video, content: find("content"), fullScreen: find("full-screen") });
showWaiting({ room, button: find("start-anyway"), note: find("begins"), told: find("begins-told") });
const people = new People({
  chatSocket, syncSocket, room, roomId: config.room_id, identity, list: find("people"), count: find("people-count"),
  more: find("people-more"), lonely: find("lonely"),
});
new Invite({
  config, identity, dialog: find("invite"), copy: [find("copy-link"), find("lonely-copy"), document.querySelector("[data-copies]")], open: find("invite-open"),
});
if (find("host-tools")) {
  new HostTools({ config, socket: chatSocket, people, removing, open: find("host-open"), settings: find("host-tools"), person: find("person") });
}
find("solo")?.addEventListener("click", () => room.goSolo());
room.addEventListener("state", () => find("solo") && (find("solo").hidden = room.standing !== "in" || room.isAlone));

/** Another film of this room. */
async function lookUp(movieId) {
  const { movie } = await call("GET", `/api/movies/${movieId}`);
  return { title: movie.title, address: local(movie.video_url), poster: local(movie.thumbnail_url) };
}

/** This server's own addresses hold the name that it calls itself; the page may know it by another. */
function local(address) {
  return address.startsWith(config.public_url) ? address.slice(config.public_url.length) : address;
}

const draft = new Draft({ field: find("content"), roomId: config.room_id, username: config.username });
const troubles = new Troubles({
  sockets: [chatSocket, syncSocket],
  bar: find("lost"),
  send: find("send"),
  side: find("side"),
  signedOutWords: () => say(draft.isEmpty ? "signed_out" : "signed_out_kept"),
  filmAddress: config.room_kind !== "party" ? null : () => `${heading.pathname}${room.position ? `?t=${Math.floor(room.position)}` : ""}`,
});
let isSignedOut = false;
troubles.addEventListener("signed-out", ({ detail: socket }) => {
  isSignedOut = true;
  if (socket === chatSocket) draft.takeBack(chat.takeBack());
});

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
    room.renamed();
  }
  guestName.value = identity.name;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const words = content.value.trim();
  if (!words || find("send").disabled) return; // The return key asks no button. What was written stays, to be copied.
  if (guestName) takeName();
  chat.post(words, room.position);
  draft.clear();
  content.focus();
});

// Return sends, shift and return begins a line; while an input method composes (Chinese), return is its own.
content.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  form.requestSubmit();
});

// The film -----------------------------------------------------------------------------------------------------------
player.addEventListener("failed", () => (find("unplayable").hidden = false));
player.addEventListener("loaded", () => (find("unplayable").hidden = true));
room.addEventListener("film", ({ detail: { title, poster } }) => {
  find("unplayable").hidden = true;
  find("play-again").hidden = false;
  document.querySelector(".backdrop").src = poster;
  video.setAttribute("aria-label", title);
});
room.addEventListener("no-film", () => {
  find("unplayable").hidden = false;
  find("play-again").hidden = true; // Nothing is there to be tried.
});
find("play-again").addEventListener("click", () => {
  find("unplayable").hidden = true;
  player.reload();
});
chatSocket.addEventListener("frame", ({ detail: { type, room: facts } }) => {
  if (type !== "snapshot" && type !== "room") return;
  showName(facts);
  showTitle(facts);
});

/** A party may be called something. */
function showName({ name }) {
  find("room-name").textContent = name;
  find("room-name").hidden = !name;
}

/** Of the talk's socket, because that is all that a companion hears. */
function showTitle({ movie_id: film, title }) {
  document.title = say("film_title", { title });
  heading.textContent = title;
  heading.href = `/movies/${film}`;
  toldFilm = film;
  followFilm();
}

/** One answer of the server says that it is back: whatever else waits for it comes back at once. */
function comeBackTogether() {
  chatSocket.addEventListener("open", () => syncSocket.hurry());
  syncSocket.addEventListener("open", () => chatSocket.hurry());
  for (const socket of [chatSocket, syncSocket]) socket.addEventListener("open", () => player.goOn());
}

/** Only what was really played here, with the others or at one's own place: not where a player lost its way. */
function rememberWhereOneIs() {
  let played = null;
  video.addEventListener("playing", () => (played = room.film));
  remember(video, () => (played === room.film && !room.isLost && !isSignedOut ? played : null));
}

comeBackTogether();
chatSocket.connect();
// Beside another device that plays the film this one has the talk alone, and tells the room of no player.
if (!config.is_companion) {
  if (!identity.isGuest) rememberWhereOneIs();
  player.load(video.dataset.source);
  syncSocket.connect();
}
