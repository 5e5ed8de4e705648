// The player in a room: leads when this person is the acting host, follows the room's timeline otherwise.

import { ServerClock } from "./clock.js";
import { START, decide, expectedPosition } from "./drift.js";
import { start } from "./player.js";
import { say } from "./words.js";

const LOOP_MS = 250;
const REPORT_MS = 2000;
const NEAR_END = 1; // s: a film that far through is over; a host who comes then begins it anew.

export class SyncedPlayer extends EventTarget {
  #socket;
  #clock;
  #identity;
  #roomId;
  #video;
  #parts;
  #timeline = null;
  #leads = false;
  #host = null;
  #joined = false; // once and for all; #standing is how it is now
  #standing = "coming"; // then "in", or "out": dismissed, or not let in
  #hasRun = false; // the film has been seen to run, so that its end is news
  #alone = false;
  #lost = false;
  #drift = START;
  #own = new Set(); // what we ourselves asked the player to do, until its event arrives
  #seekCost = 0.25;
  #seekBegan = null;
  #reportedAt = -Infinity;
  #starting = false;

  /** parts: {cover, coverText, coverButton, unmute, live, host, state} */
  constructor({ socket, identity, roomId, video, parts }) {
    super();
    this.#socket = socket;
    this.#clock = new ServerClock(socket);
    this.#identity = identity;
    this.#roomId = roomId;
    this.#video = video;
    this.#parts = parts;
    socket.addEventListener("open", () => this.#join());
    socket.addEventListener("down", ({ detail }) => this.#disconnected(detail));
    socket.addEventListener("frame", ({ detail }) => this.#receive(detail));
    this.#listen();
    setInterval(() => this.#loop(), LOOP_MS);
    this.#show();
  }

  /** Where the film is for this person, in seconds; null before it began. */
  get position() {
    return this.#video.readyState > 0 ? Math.round(this.#video.currentTime * 1000) / 1000 : null;
  }

  get host() {
    return this.#host;
  }

  /** A guest whose name was refused tries another. Who is in stays in: the longest there leads. */
  renamed() {
    if (!this.#joined) this.#join();
  }

  #join() {
    this.#socket.send({ type: "join", room_id: this.#roomId, username: this.#identity.name });
  }

  #receive(frame) {
    if (frame.type === "snapshot") this.#welcome(frame);
    else if (frame.type === "removed" || (frame.type === "error" && frame.ref === "join")) this.#dismissed();
    else if (frame.type === "sync" && typeof frame.at === "number") this.#moved(frame);
  }

  #welcome({ roles, sync }) {
    this.#host = roles.host;
    this.#leads = roles.you_are_host;
    if (this.#leads) this.#video.playbackRate = 1;
    if (sync) this.#moved(sync);
    const first = !this.#joined;
    this.#joined = true;
    this.#standing = "in";
    if (first && this.#leads) this.#takeUp();
    this.dispatchEvent(new Event("host"));
    this.#show();
  }

  #disconnected({ final }) {
    if (final) this.#dismissed();
    else if (this.#standing === "in") this.#standing = "coming";
    this.#show();
  }

  /** Not in the room: nobody is led or followed, and what was known of it is so no longer. */
  #dismissed() {
    this.#standing = "out";
    this.#leads = this.#alone = this.#lost = false;
    this.#host = this.#timeline = null;
    this.#video.playbackRate = 1;
    this.#parts.cover.hidden = true;
    this.dispatchEvent(new Event("host"));
    this.#show();
  }

  #moved(timeline) {
    this.#clock.hint(timeline.server_time);
    const known = this.#timeline;
    if (known && (timeline.epoch < known.epoch || (timeline.epoch === known.epoch && timeline.rev < known.rev))) return;
    if (!known || known.rev !== timeline.rev || known.epoch !== timeline.epoch) {
      this.#drift = START;
      this.#lost = false;
    }
    this.#timeline = timeline;
    if (!this.#leads) this.#follow();
    this.#show();
  }

  // Leading ----------------------------------------------------------------------------------------------------------

  /** A host who reloads the page goes on where the room is; the film does not begin anew for everyone. */
  #takeUp() {
    const expected = this.#expected();
    if (expected === null || this.#isOver(expected)) return;
    this.#seek(expected);
    this.#play();
  }

  /** Where the film stands for everyone. At its end too: the way there may have been too short for anyone to hear of it. */
  #report() {
    const { paused, ended, seeking, readyState, currentTime } = this.#video;
    if (!this.#leads || (paused && !ended) || seeking || readyState < 2) return;
    const sent = this.#socket.send({
      type: "sync",
      room_id: this.#roomId,
      username: this.#identity.name,
      current_time: Math.round(currentTime * 1000) / 1000,
    });
    if (sent) this.#reportedAt = performance.now();
  }

  // Following --------------------------------------------------------------------------------------------------------

  #expected(ahead = 0) {
    const now = this.#clock.now();
    if (this.#timeline === null || now === null || this.#timeline.state === "idle") return null;
    return expectedPosition(this.#timeline, now + ahead * 1000);
  }

  #isOver(position) {
    if (this.#timeline?.state === "ended") return true;
    const end = this.#timeline?.duration ?? this.#video.duration;
    return Number.isFinite(end) && position >= end - NEAR_END;
  }

  /** Bring the player to where the room is, at once. */
  #follow() {
    const expected = this.#expected();
    if (this.#alone || this.#leads || expected === null || this.#video.readyState < 1) return;
    if (this.#isOver(expected) && this.#timeline.state !== "paused") return;
    if (this.#timeline.state === "playing") {
      if (Math.abs(this.#video.currentTime - expected) > 0.5) this.#seek(this.#expected(this.#seekCost));
      if (this.#video.paused) this.#play();
    } else {
      if (!this.#video.paused) this.#pause();
      if (Math.abs(this.#video.currentTime - expected) > 0.1) this.#seek(expected);
    }
  }

  #loop() {
    const expected = this.#expected();
    if (expected !== null && this.#video.readyState > 0 && !this.#isOver(expected)) this.#hasRun = true;
    if (this.#leads) {
      if (performance.now() - this.#reportedAt >= REPORT_MS) this.#report();
    } else if (this.#timeline?.state === "playing" && !this.#alone && !this.#lost) {
      if (this.#video.paused) this.#rejoin();
      else this.#correct();
    }
    this.#show();
  }

  /** The room went on while this player stood still without its person having stopped it (loading, the clock's first answer). */
  #rejoin() {
    if (!this.#starting && this.#parts.cover.hidden && !document.hidden) this.#follow();
  }

  #correct() {
    const expected = this.#expected();
    if (expected === null || this.#isOver(expected)) return;
    const { currentTime, seeking, readyState } = this.#video;
    const sample = {
      now: performance.now(),
      player: currentTime,
      expected,
      ready: !seeking && readyState >= 3,
      base: this.#timeline.rate,
    };
    const [decision, next] = decide(this.#drift, sample);
    this.#drift = next;
    if (decision.action === "rate") this.#video.playbackRate = decision.rate;
    if (decision.action === "seek") this.#seek(this.#expected(this.#seekCost));
    if (decision.action === "lost") this.#lost = true;
  }

  #backToLive() {
    this.#alone = this.#lost = false;
    this.#drift = START;
    this.#follow();
    this.#show();
  }

  // The player -------------------------------------------------------------------------------------------------------

  async #play() {
    if (this.#starting) return;
    this.#starting = true;
    this.#own.add("play");
    const outcome = await start(this.#video);
    this.#starting = false;
    if (outcome === "refused") this.#own.delete("play");
    this.#parts.cover.hidden = outcome !== "refused";
    this.#parts.unmute.hidden = !this.#video.muted || outcome === "refused";
    this.#show();
  }

  #pause() {
    this.#own.add("pause");
    this.#video.pause();
  }

  #seek(position) {
    if (this.#video.readyState < 1) {
      this.#video.addEventListener("loadedmetadata", () => this.#seek(this.#expected() ?? position), { once: true });
      return;
    }
    this.#own.add("seeking");
    this.#seekBegan = performance.now();
    this.#video.playbackRate = this.#timeline?.rate ?? 1;
    this.#video.currentTime = position;
  }

  #listen() {
    const on = (name, handle) => this.#video.addEventListener(name, handle);
    on("play", () => this.#own.delete("play") || this.#byHand("play"));
    on("pause", () => this.#own.delete("pause") || this.#byHand("pause"));
    on("seeking", () => this.#own.delete("seeking") || this.#byHand("seeking"));
    on("seeked", () => this.#report());
    on("playing", () => this.#landed());
    on("loadedmetadata", () => this.#follow());
    on("volumechange", () => (this.#parts.unmute.hidden = this.#parts.unmute.hidden || !this.#video.muted));
    document.addEventListener("visibilitychange", () => document.hidden || this.#loop());
    this.#parts.coverButton.addEventListener("click", () => this.#pressed());
    this.#parts.live.addEventListener("click", () => this.#backToLive());
    this.#parts.unmute.addEventListener("click", () => {
      this.#video.muted = false;
      this.#parts.unmute.hidden = true;
    });
  }

  #landed() {
    if (this.#seekBegan !== null) {
      const took = Math.min(3, (performance.now() - this.#seekBegan) / 1000);
      this.#seekCost = this.#seekCost * 0.7 + took * 0.3;
      this.#seekBegan = null;
    }
    this.#parts.cover.hidden = true;
    this.#report();
    this.#show();
  }

  /** The person, not we, used the player. Who follows and does so is left alone until "back to live". */
  #byHand(what) {
    if (this.#leads || !this.#joined || this.#standing === "out") return;
    // Browsers pause by themselves at the end and in hidden tabs; players step over small gaps.
    if (what === "pause" && (this.#video.ended || document.hidden)) return;
    const expected = this.#expected();
    if (what === "seeking" && (expected === null || Math.abs(this.#video.currentTime - expected) < 1)) return;
    if (what === "play" && (expected === null || Math.abs(this.#video.currentTime - expected) < 1)) return;
    this.#alone = true;
    this.#video.playbackRate = 1;
    this.#show();
  }

  /** The button over the picture: a person's own gesture, so the browser allows sound. */
  #pressed() {
    this.#parts.cover.hidden = true;
    this.#alone = false;
    const expected = this.#expected();
    if (!this.#leads && expected !== null) this.#seek(this.#expected(this.#seekCost));
    else if (this.#leads && this.#video.ended) this.#seek(0);
    this.#play();
  }

  // What the person sees ---------------------------------------------------------------------------------------------

  #show() {
    write(this.#parts.host, this.#hostWords());
    write(this.#parts.state, this.#stateWords());
    this.#parts.live.hidden = !(this.#alone || this.#lost) || this.#leads;
    if (this.#standing === "in" && this.#leads && this.#video.paused && !this.#starting && this.#video.currentTime === 0) {
      this.#parts.cover.hidden = false;
    }
    write(this.#parts.coverButton, say(this.#leads ? "start" : "join"));
    write(this.#parts.coverText, say(this.#leads ? "start_hint" : "join_hint"));
  }

  #hostWords() {
    if (this.#standing !== "in") return this.#standing === "out" ? say("not_here") : "";
    if (this.#leads) return say("you_are_host");
    return this.#host === null ? say("no_host") : say("host_is", { name: this.#host });
  }

  #stateWords() {
    if (this.#standing !== "in") return this.#standing === "out" ? "" : say("connecting");
    if (this.#leads) return this.#leadWords();
    if (this.#alone) return say("alone");
    if (this.#lost) return say("out_of_sync");
    const expected = this.#expected();
    if (expected === null) return say("not_started");
    // A room keeps the timeline of those who were here before: for who comes after its end, nothing has begun.
    if (this.#isOver(expected)) return say(this.#hasRun ? "over" : "not_started");
    const off = Math.abs(this.#video.currentTime - expected);
    return !this.#video.paused && off < 1 ? say("in_sync") : say("catching_up");
  }

  #leadWords() {
    if (this.#video.ended) return say("host_over");
    return this.#video.paused && this.#video.currentTime > 0 ? say("host_paused") : "";
  }
}

/** Touch the page only when the words change, so that nothing is read out four times a second. */
function write(node, words) {
  if (node.textContent !== words) node.textContent = words;
}
