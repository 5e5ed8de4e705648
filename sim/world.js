// One room on a virtual clock: people at browsers that run static/js/sync, and a server whose timeline is rooms/playback in Python.

import { RoomPlayer } from "../static/js/sync/follower.js";
import { expectedPosition } from "../static/js/sync/timeline.js";
import { VideoPlayer } from "../static/js/sync/video.js";
import { Distances } from "./distances.js";
import { Link, SimSocket } from "./network.js";
import { RULES } from "./rules.js";
import { SimVideo } from "./video.js";
import { LocalTime, VirtualTime, between, seeded } from "./virtual.js";

const LOOK_MS = 500;
const CALM_MS = 10000; // after a change or an arrival, until which people may still be on their way
const EPOCH_MS = 1_800_000_000_000;
const MOVIE = 1;

/**
 * settings: {seed, people, minutes, rule ("Matinee" or of RULES), trip, jitter, upShare (ms, ranges), skew, clock (ms, most),
 *   changes: what lies between the host's (ms, a range) or null, video (traits; see sim/video.js), stalls: {every, last} (ms,
 *   ranges) or null, odd (share of people the faults belong to)}
 * ask(question): the answer of the server in Python, now.
 */
export class World {
  #settings;
  #ask;
  #time = new VirtualTime();
  #random;
  #people = [];
  #timeline = null;
  #changedAt = 0;
  #cancelWake = () => {};
  #between = new Distances();
  #fromExpected = new Distances();
  #settling = new Distances();
  #playedMs = 0;
  #otherRateMs = 0;

  constructor(settings, ask) {
    this.#settings = settings;
    this.#ask = ask;
    this.#random = seeded(settings.seed);
  }

  async run() {
    const { people, minutes, rule } = this.#settings;
    const end = minutes * 60000;
    for (let number = 0; number < people; number += 1) this.#arrives(number, end);
    this.#plan(end);
    const broadcastMs = RULES[rule]?.broadcastMs;
    if (broadcastMs) this.#time.after(broadcastMs, () => this.#broadcast(broadcastMs));
    this.#time.after(LOOK_MS, () => this.#look());
    await this.#time.run(end);
    return this.#figures(minutes);
  }

  // People -----------------------------------------------------------------------------------------------------------

  /** Everyone within the first ten seconds, and one in four somewhere on the way. */
  #arrives(number, end) {
    const isLate = number > 0 && number % 4 === 3;
    const at = number === 0 ? 0 : between(this.#random, isLate ? [60000, end * 0.8] : [500, 10000]);
    this.#time.at(at, () => this.#enter(number, end));
  }

  #enter(number, end) {
    const { trip, jitter, upShare, skew, clock, video: traits, odd, stalls, rule } = this.#settings;
    const random = seeded(this.#settings.seed * 1000 + number);
    const local = new LocalTime(this.#time, { skew: between(random, [-skew, skew]), offset: between(random, [-clock, clock]) });
    const isOdd = number > 0 && random() < odd;
    const link = { trip: between(random, trip), upShare: between(random, upShare), jitter };
    const video = new SimVideo(this.#time, random, { skew: between(random, [-skew, skew]), ...(isOdd ? traits : {}) });
    const socket = new SimSocket({
      link: new Link(this.#time, random, link), local, hear: (frame) => this.#hear(number, frame),
    });
    const person = { number, socket, video, since: this.#time.t, room: null };
    this.#people.push(person);
    if (rule === "Matinee") person.room = this.#browser(number, socket, video, local);
    else person.room = new RULES[rule]({ socket, video, local, halfTrip: link.trip / 2 });
    socket.open();
    if (rule !== "Matinee") socket.send({ type: "join" });
    if (isOdd && stalls) this.#stallSometimes(video, random, end);
  }

  #browser(number, socket, video, local) {
    return new RoomPlayer({
      socket, roomId: "sim", name: () => `person ${number}`, player: new VideoPlayer(video, local), film: MOVIE,
      lookUp: null, time: local, page: null,
    });
  }

  #stallSometimes(video, random, end) {
    const { every, last } = this.#settings.stalls;
    let at = this.#time.t;
    for (;;) {
      at += between(random, every);
      if (at >= end) return;
      this.#time.at(at, () => video.paused || video.stall(between(random, last)));
    }
  }

  // The server -------------------------------------------------------------------------------------------------------

  get #now() {
    return EPOCH_MS + this.#time.t;
  }

  #hear(number, frame) {
    if (frame.type !== "ping") return this.#learn(this.#ask({ t: Math.round(this.#now), from: number, frame }));
    const t = Math.round(this.#now);
    this.#find(number).socket.tell({ type: "pong", t0: frame.t0, t1: t, t2: t });
    return undefined;
  }

  /** frames: [to whom (null: everyone), frame]; wake: when (ms) the timeline changes by itself, or null. */
  #learn({ frames, wake }) {
    for (const [to, frame] of frames) {
      if (frame.type === "sync") this.#timeline = frame;
      if (frame.type === "sync") this.#changedAt = Math.max(this.#time.t, frame.at - EPOCH_MS);
      for (const person of this.#people) if (to === null || to === person.number) person.socket.tell(frame);
    }
    this.#cancelWake();
    if (wake === null) return;
    this.#cancelWake = this.#time.at(wake - EPOCH_MS, () => this.#learn(this.#ask({ t: Math.round(this.#now) })));
  }

  #broadcast(every) {
    this.#time.after(every, () => this.#broadcast(every));
    if (this.#timeline?.state !== "playing") return;
    const position = expectedPosition(this.#timeline, this.#now);
    for (const person of this.#people) person.socket.tell({ type: "broadcast", position });
  }

  #find(number) {
    return this.#people.find((person) => person.number === number);
  }

  /** The host starts the film, then pauses, goes on and seeks now and then. */
  #plan(end) {
    this.#command(15000, { action: "play" });
    const { changes } = this.#settings;
    let at = 15000;
    for (let turn = 0; changes; turn += 1) {
      at += between(this.#random, changes);
      if (at + 30000 >= end) return;
      if (turn % 2 === 0) {
        this.#command(at, { action: "pause" });
        this.#command(at + between(this.#random, [3000, 15000]), { action: "play" });
      } else {
        const to = between(this.#random, [0, 9000]);
        this.#command(at, { action: "seek", current_time: to });
      }
    }
  }

  #command(at, keys) {
    this.#time.at(at, () => {
      this.#find(0).socket.send({ type: "sync", cmd_id: `${at}`, ...keys });
    });
  }

  // Measuring --------------------------------------------------------------------------------------------------------

  #look() {
    this.#time.after(LOOK_MS, () => this.#look());
    if (this.#timeline?.state !== "playing" || this.#now < this.#timeline.at) return;
    const expected = expectedPosition(this.#timeline, this.#now);
    const { t } = this.#time;
    // Of those whose player runs: nothing brings a player anywhere while it has no data.
    const calm = this.#people.filter(({ since, video }) => t - since >= CALM_MS && video.runs);
    const isCalm = t - this.#changedAt >= CALM_MS;
    for (const { video } of calm) {
      if (isCalm) this.#fromExpected.add(video.exact - expected);
      this.#playedMs += LOOK_MS;
      if (Math.abs(video.playbackRate - this.#timeline.rate) > 0.001) this.#otherRateMs += LOOK_MS;
    }
    const distances = isCalm ? this.#between : this.#settling;
    for (const [one, first] of calm.entries()) {
      for (const second of calm.slice(one + 1)) distances.add(first.video.exact - second.video.exact);
    }
  }

  #figures(minutes) {
    const hours = this.#people.reduce((sum, { since }) => sum + (minutes * 60000 - since) / 3600000, 0);
    const seeks = this.#people.reduce((sum, { video }) => sum + video.seeks, 0);
    return {
      between_p50: this.#between.percentile(0.5),
      between_p95: this.#between.percentile(0.95),
      expected_p50: this.#fromExpected.percentile(0.5),
      expected_p95: this.#fromExpected.percentile(0.95),
      settling_p95: this.#settling.percentile(0.95),
      seeks_per_hour: seeks / hours,
      other_rate: this.#playedMs > 0 ? this.#otherRateMs / this.#playedMs : 0,
    };
  }
}
