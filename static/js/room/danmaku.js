// Flying comments (弹幕): what is said now, and what was said at this second of the film, over the picture.

import { call, roomPath } from "./api.js";
import { Replay } from "./danmaku/replay.js";
import { SPEEDS, read, write } from "./danmaku/settings.js";
import { Sky } from "./danmaku/sky.js";

const LOOK_MS = 250;
const PAGE = 500;
const MOST_PAGES = 10;

export class Danmaku {
  #room;
  #roomId;
  #identity;
  #sky;
  #layer;
  #controls;
  #replay;
  #film;
  #settings = null;

  /**
   * `room`: a RoomPlayer, `socket`: the chat's LiveSocket, film: the movie_id at first, layer: over the picture,
   * controls: {toggle, form} with the fields `opacity`, `speed` and `area`.
   */
  constructor({ room, socket, roomId, identity, film, layer, controls }) {
    this.#room = room;
    this.#roomId = roomId;
    this.#identity = identity;
    this.#film = film;
    this.#layer = layer;
    this.#controls = controls;
    this.#sky = new Sky(layer);
    this.#replay = new Replay({ ask: (from, to) => this.#ask(from, to) });
    this.#settle(read());
    this.#listen(socket);
  }

  #listen(socket) {
    const { toggle, form } = this.#controls;
    socket.addEventListener("frame", ({ detail }) => this.#receive(detail));
    socket.addEventListener("open", () => this.#replay.refresh());
    toggle.addEventListener("click", () => this.#choose({ isOn: !this.#settings.isOn }));
    form.addEventListener("input", () => this.#choose(this.#chosen()));
    setInterval(() => this.#look(), LOOK_MS);
  }

  #receive(frame) {
    if (frame.type === "message" && frame.room_id === this.#roomId && isText(frame)) this.#hear(frame);
    else if (frame.type === "change" && frame.message.room_id === this.#roomId) this.#change(frame.message);
  }

  /** What is said of a second of another film is for those who see that one. */
  #hear(message) {
    this.#takeFilm();
    const isOfThis = typeof message.movie_time !== "number" || message.movie_id === this.#film;
    if (isOfThis && this.#replay.hear(message)) this.#launch(message);
  }

  #change(message) {
    this.#replay.change(message);
    if (message.deleted) this.#sky.take(message.id);
  }

  /** Only for who is in the room, and while the film runs: a still picture is not told about again. */
  #look() {
    const { position } = this.#room;
    if (!this.#settings.isOn || position === null || this.#room.standing !== "in") return;
    this.#takeFilm();
    for (const message of this.#replay.at(position)) this.#launch(message);
  }

  #takeFilm() {
    const film = this.#room.timeline?.movie_id ?? this.#film;
    if (film !== this.#film) this.#replay.reset();
    this.#film = film;
  }

  #launch({ id, content, username, verified }) {
    if (!this.#settings.isOn) return;
    this.#sky.launch(id, content, username === this.#identity.name && Boolean(verified) !== this.#identity.isGuest);
  }

  /** All that was said in that part of the film. Throws when the server does not give it. */
  async #ask(from, to) {
    let query = { from_time: from, to_time: to, movie_id: this.#film, limit: PAGE };
    const found = [];
    for (let pages = 0; query && pages < MOST_PAGES; pages += 1) {
      const { messages, next } = await call("GET", roomPath(this.#roomId, "/messages"), { query: { ...query, ...this.#identity.key } });
      found.push(...messages.filter(isText));
      query = next && Object.fromEntries(new URL(next).searchParams);
    }
    return found;
  }

  // How they are wanted ------------------------------------------------------------------------------------------------
  #chosen() {
    const { opacity, speed, area } = this.#controls.form.elements;
    return { opacity: Number(opacity.value) / 100, speed: speed.value, area: area.value };
  }

  #choose(changes) {
    this.#settle({ ...this.#settings, ...changes });
    write(this.#settings);
  }

  #settle(settings) {
    this.#settings = settings;
    const { toggle, form } = this.#controls;
    const { opacity, speed, area } = form.elements;
    toggle.setAttribute("aria-pressed", String(settings.isOn));
    opacity.value = String(Math.round(settings.opacity * 100));
    speed.value = settings.speed;
    area.value = settings.area;
    this.#layer.dataset.area = settings.area;
    this.#layer.style.opacity = String(settings.opacity);
    this.#sky.seconds = SPEEDS[settings.speed];
    if (!settings.isOn) this.#sky.clear();
  }
}

function isText({ content, content_type: type, deleted }) {
  return !deleted && Boolean(content) && (type ?? "text/plain").startsWith("text/");
}
