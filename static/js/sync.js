// What the room's page shows of a RoomPlayer, and the buttons over the picture.

import { say, write } from "./words.js";

export class Screen {
  #room;
  #player;
  #parts;
  #isUnplayable = false; // The film is gone, or cannot be played here: an alert says so.
  #wasStarted = false; // The film has been seen to run, so that its end is news.

  /** room: a RoomPlayer, player: its VideoPlayer, parts: {cover, coverText, coverButton, unmute, live, host, state} */
  constructor({ room, player, parts }) {
    this.#room = room;
    this.#player = player;
    this.#parts = parts;
    for (const name of ["state", "roles", "waiting"]) room.addEventListener(name, () => this.#show());
    room.addEventListener("no-film", () => this.#setUnplayable(true));
    player.addEventListener("failed", () => this.#setUnplayable(true));
    player.addEventListener("loaded", () => this.#setUnplayable(false));
    room.addEventListener("refused", ({ detail }) => write(parts.state, detail.frame.detail));
    parts.coverButton.addEventListener("click", () => this.#pressed());
    parts.live.addEventListener("click", () => room.backToLive());
    parts.unmute.addEventListener("click", () => player.unmute());
    this.#show();
  }

  #setUnplayable(isUnplayable) {
    this.#isUnplayable = isUnplayable;
    this.#show();
  }

  /** A person's own press, so the browser allows sound from now on. */
  #pressed() {
    if (this.#room.isBlocked) this.#room.backToLive();
    else this.#room.play();
  }

  #show() {
    const room = this.#room;
    if (room.room === "playing") this.#wasStarted = true;
    const cover = this.#cover();
    this.#parts.cover.hidden = cover === null;
    write(this.#parts.coverButton, cover?.button ?? "");
    write(this.#parts.coverText, cover?.text ?? "");
    this.#parts.unmute.hidden = !this.#player.isMuted || room.isBlocked || this.#player.isPaused;
    this.#parts.live.hidden = !(room.isAlone || room.isLost);
    write(this.#parts.host, this.#hostWords());
    write(this.#parts.state, this.#stateWords());
  }

  #cover() {
    if (this.#room.standing !== "in" || this.#room.isAlone) return null;
    const mayPlay = this.#room.may("play");
    if (this.#room.room === "idle" && mayPlay) return { button: say("start"), text: say("start_hint") };
    if (this.#room.isBlocked && this.#room.room === "playing") return { button: say("join"), text: say("join_hint") };
    return null;
  }

  #hostWords() {
    if (this.#room.standing !== "in") return this.#room.standing === "out" ? say("not_here") : "";
    const { host, you_are_host: isYou } = this.#room.roles;
    if (isYou) return say("you_are_host");
    return host === null ? say("no_host") : say("host_is", { name: host });
  }

  #stateWords() {
    const room = this.#room;
    if (room.standing !== "in") return room.standing === "out" ? "" : say("connecting");
    if (room.isCut && (room.isAlone || room.room === "playing")) return say("cut");
    if (room.isAlone) return say("alone");
    if (room.isLost) return say("out_of_sync");
    if (room.room === "playing" && this.#isUnplayable) return "";
    if (room.room === "playing") return say(room.isTogether ? "in_sync" : "catching_up");
    if (room.room === "waiting") return room.waitingFor.length > 0 ? say("waiting_for", { names: room.waitingFor }) : "";
    if (room.room === "paused") return say("paused");
    if (room.room === "idle") return room.may("play") ? "" : say("not_started");
    return this.#overWords();
  }

  /** A room keeps the timeline of those who were here before: for who comes after its end, nothing has begun. */
  #overWords() {
    if (this.#room.may("play")) return say("host_over");
    return say(this.#wasStarted ? "over" : "not_started");
  }
}
