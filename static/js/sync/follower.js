// A player in a room: it follows the room's timeline, and what its person does becomes a command where that is allowed.

import { Clock } from "./clock.js";
import { Commands } from "./commands.js";
import { Following } from "./following.js";
import { Pinger } from "./pinger.js";
import { Reporter } from "./reporter.js";
import { browserTime } from "./time.js";
import { RoomTimeline } from "./timeline.js";

const LOOP_MS = 250;
const HIDDEN_LOOP_MS = 1000;
const NEAR = 1; // s: so near people see the same
const AGAIN_MS = 3000; // after which a film's address is asked for again

/**
 * Events: "state" (anything a page shows), "roles", "waiting" (`waitingFor`), "quality", "film" (detail, as looked
 * up: another one is loaded), "no-film" (the room's film is gone), "refused" (detail: {action, frame}: a command of this person's).
 * `socket`: a LiveSocket; `player`: a VideoPlayer; `name()`: who joins; `key`: what opens a party ({invite} or {password});
 * `film`: the movie_id that `player` was given; `lookUp(movieId)`: a promise of another film's {address, ...}, which fails with
 * status 404 for one that is gone.
 */
export class RoomPlayer extends EventTarget {
  #socket;
  #roomId;
  #name;
  #key;
  #player;
  #lookUp;
  #time;
  #page;
  #clock = new Clock();
  #timeline;
  #following;
  #commands;
  #reporter;
  #film;
  #isFresh = false; // the next snapshot is the first on this connection
  #loopedAt = -Infinity;
  #shown = "";

  /** "coming" (not in yet, or not at the moment), "in", or "out" (dismissed, or not let in). */
  standing = "coming";
  roles = null;
  policy = null;
  /** The last roll-up of how everyone is: [{user, drift, rtt, state}]. */
  quality = [];

  constructor({
    socket, roomId, name, key = {}, player, film = null, lookUp, time = browserTime, page = globalThis.document,
  }) {
    super();
    this.#socket = socket;
    this.#roomId = roomId;
    this.#name = name;
    this.#key = key;
    this.#player = player;
    this.#film = film;
    this.#lookUp = lookUp;
    this.#time = time;
    this.#page = page;
    this.#timeline = new RoomTimeline({ clock: this.#clock, time });
    this.#following = new Following({ timeline: this.#timeline, player, time });
    this.#commands = new Commands({ socket, time });
    this.#reporter = new Reporter({ timeline: this.#timeline, player, clock: this.#clock, time });
    new Pinger({ socket, clock: this.#clock, time, page });
    this.#listen();
  }

  #listen() {
    this.#socket.addEventListener("open", () => this.#join());
    this.#socket.addEventListener("down", ({ detail }) => this.#down(detail));
    this.#socket.addEventListener("frame", ({ detail }) => this.#receive(detail));
    this.#player.addEventListener("loaded", () => this.#align());
    this.#player.addEventListener("gesture", ({ detail }) => this.#gesture(detail));
    this.#player.addEventListener("left-alone", () => this.goSolo());
    for (const name of ["change", "ended", "landed"]) this.#player.addEventListener(name, () => this.#show());
    this.#page?.addEventListener("visibilitychange", () => this.#page.hidden || this.#loop());
    this.#time.every(LOOP_MS, () => this.#loop());
  }

  // How it is --------------------------------------------------------------------------------------------------------

  /** "idle" (nothing began yet), "waiting", "playing", "paused" or "ended"; null while nothing is known of the room. */
  get room() {
    if (this.roles === null) return null;
    return this.#timeline.isOver(this.#player.duration) ? "ended" : this.#timeline.state;
  }

  /** The room's timeline as it came, or null. */
  get timeline() {
    return this.#timeline.current;
  }

  /** The server's clock, in milliseconds; null before it is known. */
  get serverNow() {
    return this.#timeline.now;
  }

  /** The movie_id of what the player was given last. */
  get film() {
    return this.#film;
  }

  /** Where the film is for this person, in seconds; null before it is there. */
  get position() {
    return this.#player.isLoaded ? rounded(this.#player.position) : null;
  }

  /** Where the room is (s); null while that is not known. */
  get expected() {
    return this.#timeline.expected();
  }

  /** The player minus the room (s); null while there is nothing to compare. */
  get drift() {
    const { position, expected } = this;
    return position === null || expected === null ? null : position - expected;
  }

  /** It plays, and where everyone plays. */
  get isTogether() {
    const { isPaused, isSeeking, readyState } = this.#player;
    return this.room === "playing" && !isPaused && !isSeeking && readyState >= 3 && Math.abs(this.drift ?? Infinity) < NEAR;
  }

  /** Whose players the room waits for. */
  get waitingFor() {
    return this.#timeline.waitingFor;
  }

  get isAlone() {
    return this.#following.isAlone;
  }

  /** Out of sync: seeking did not help, and it waits for `backToLive`. */
  get isLost() {
    return this.#following.isLost;
  }

  /** The film has run dry here, and nothing comes at the moment. */
  get isCut() {
    return this.#player.isCut;
  }

  /** The browser wants somebody to press something before it plays: `backToLive` in a handler of that press. */
  get isBlocked() {
    return this.#player.isBlocked;
  }

  /** Whether this person, as the server said, may "play", "pause", "seek", "rate" or "load" for everyone. */
  may(action) {
    return this.standing === "in" && this.policy.may.includes(action);
  }

  // What its person wants: for everyone; false while disconnected ----------------------------------------------------

  play() {
    return this.#command("play");
  }

  pause() {
    return this.#command("pause", { current_time: this.position ?? 0 });
  }

  seek(position) {
    return this.#command("seek", { current_time: rounded(position) });
  }

  rate(rate) {
    return this.#command("rate", { rate });
  }

  load(movieId) {
    return this.#command("load", { movie_id: movieId });
  }

  /** Without those the room waits for. */
  startAnyway() {
    return this.#command("play");
  }

  // ... and for themselves -------------------------------------------------------------------------------------------

  /** To where the room is: from one's own place, from being out of sync, or by the press that lets the browser play. */
  backToLive() {
    this.#following.isAlone = false;
    this.#player.isBlocked = false;
    this.#following.reset();
    this.#align();
    this.#show();
  }

  /** Watch at one's own place, and not be dragged back. */
  goSolo() {
    if (this.roles === null || this.isAlone) return;
    this.#following.reset();
    this.#following.isAlone = true;
    this.#player.rate = 1;
    this.#show();
  }

  /** A guest is known by the name they came in with: say the new one. Who was not let in by the last may be by this one. */
  renamed() {
    this.#join();
  }

  /** Try again to come in, with another `key`, which is kept for reconnects. */
  enter(key = this.#key) {
    if (this.standing === "in") return;
    this.#key = key;
    this.#join();
  }

  // The room ---------------------------------------------------------------------------------------------------------

  #join() {
    this.#isFresh = true;
    this.#tell("join", this.#key);
  }

  #tell(type, keys = {}) {
    return this.#socket.send({ type, room_id: this.#roomId, username: this.#name(), ...keys });
  }

  #receive(frame) {
    if (frame.type === "snapshot") this.#welcome(frame);
    else if (frame.type === "sync" && typeof frame.at === "number") this.#moved(frame);
    else if (frame.type === "quality") this.#hearQuality(frame);
    else if (frame.type === "removed") this.#dismissed();
    else if (frame.type === "error") frame.ref === "join" ? this.#notWelcome() : this.#refused(frame);
  }

  #welcome({ roles, policy, sync }) {
    const isFresh = this.#isFresh;
    this.#isFresh = false;
    this.roles = roles;
    this.policy = policy;
    this.standing = "in";
    if (isFresh) this.#reporter.reset();
    // What a new connection is told is right, even where its numbers are smaller.
    if (sync) this.#moved(sync, isFresh);
    else this.#timeline.clear();
    this.dispatchEvent(new Event("roles"));
    this.#show();
  }

  /** While the line is down the film goes on; what we know of the server's clock is good for long. */
  #down({ final }) {
    this.#commands.forget();
    if (final) this.#dismissed();
    else if (this.standing === "in") this.standing = "coming";
    this.#show();
  }

  /** Who is in and may not have another name is in by the old one. */
  #notWelcome() {
    if (this.standing !== "in") this.#dismissed();
  }

  #dismissed() {
    this.standing = "out";
    this.roles = this.policy = null;
    this.#timeline.clear();
    this.#following.isAlone = false;
    this.#following.reset();
    this.dispatchEvent(new Event("roles"));
    this.#show();
  }

  #hearQuality({ members }) {
    this.quality = members;
    this.dispatchEvent(new Event("quality"));
  }

  #refused(frame) {
    const action = this.#commands.settle(frame.ref);
    if (action === null) return;
    if (frame.sync) this.#timeline.take(frame.sync);
    this.#align();
    this.dispatchEvent(new CustomEvent("refused", { detail: { action, frame } }));
    this.#show();
  }

  #moved(timeline, isTruth = false) {
    const isOurs = this.#commands.settle(timeline.cmd_id) !== null;
    const isNews = this.#timeline.take(timeline, isTruth);
    if (!isNews && !isOurs) return;
    this.#following.reset();
    this.#showFilm(timeline.movie_id);
    this.#align();
    this.dispatchEvent(new Event("waiting"));
    this.#show();
  }

  async #showFilm(movieId) {
    if (this.#film === movieId) return;
    this.#film = movieId;
    this.#player.unload(); // What is on the screen is no longer what the timeline is about.
    try {
      const film = await this.#lookUp(movieId);
      if (this.#film !== movieId) return;
      this.#player.load(film.address);
      this.dispatchEvent(new CustomEvent("film", { detail: film }));
    } catch (error) {
      if (error.status === 404) return void (this.#film === movieId && this.dispatchEvent(new Event("no-film")));
      console.warn("could not ask for the film; trying again", error);
      this.#time.after(AGAIN_MS, () => this.#film === movieId && ((this.#film = null), this.#showFilm(movieId)));
    }
  }

  // Following --------------------------------------------------------------------------------------------------------

  #align() {
    if (!this.#commands.isWaiting) this.#following.align();
  }

  #loop() {
    const now = this.#time.now();
    const isHidden = Boolean(this.#page?.hidden);
    if (isHidden && now - this.#loopedAt < HIDDEN_LOOP_MS - LOOP_MS / 2) return;
    this.#loopedAt = now;
    if (!this.#commands.isWaiting && !this.#player.isDragged) this.#following.stay();
    if (this.standing === "in" && this.timeline !== null) {
      for (const { type, ...keys } of this.#reporter.due({ isAlone: this.isAlone, isHidden })) this.#tell(type, keys);
    }
    this.#show();
  }

  // Gestures ---------------------------------------------------------------------------------------------------------

  /** What a person did with the player itself. It has happened there already. */
  #gesture({ action, position }) {
    if (this.isAlone || this.roles === null) return;
    // Who stops what stands still, or joins what plays, asks for nothing.
    if (action === "pause" && this.room !== "playing") return;
    if (action === "play" && this.room === "playing") this.backToLive();
    else if (!this.may(action) || !this.#obeyed(action, position)) this.goSolo();
  }

  #obeyed(action, position) {
    if (action !== "play") return this.#command(action, { current_time: rounded(position) });
    this.#player.pause(); // It plays when everyone does.
    return this.#command("play");
  }

  #command(action, keys = {}) {
    this.#following.rest();
    const base = this.timeline === null ? {} : { base_rev: this.timeline.rev };
    return this.#commands.give(action, { room_id: this.#roomId, username: this.#name(), ...base, ...keys });
  }

  /** Only what changed is news, so that nothing is read out four times a second. */
  #show() {
    const { isPaused, isMuted } = this.#player;
    const shown = JSON.stringify([
      this.standing, this.room, this.film, this.isAlone, this.isLost, this.isBlocked, this.isCut, this.isTogether, this.waitingFor, isPaused,
      isMuted,
    ]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.dispatchEvent(new Event("state"));
  }
}

const rounded = (value) => Math.round(value * 1000) / 1000;
