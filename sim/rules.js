// The published rules of other servers for watching together, as far as they decide how far apart people are. They trust the
// moment a message arrives, seek, and (but for Syncplay) leave the rate alone.

import { expectedPosition } from "../static/js/sync/timeline.js";

const LOOK_MS = 250;

/** What they have in common: when the room's course changes they do at once what it says. */
class Rule {
  /** ms between the server's broadcasts of where the film is; null: only when something changes. */
  static broadcastMs = null;

  constructor({ socket, video, local }) {
    this.video = video;
    this.local = local;
    this.timeline = null;
    this.heardAt = 0;
    socket.addEventListener("frame", ({ detail }) => this.#receive(detail));
    local.every(LOOK_MS, () => this.timeline && this.look());
  }

  #receive(frame) {
    const isRoom = frame.type === "sync" || (frame.type === "snapshot" && frame.sync);
    if (isRoom) this.#change(frame.sync ?? frame);
    else if (frame.type === "broadcast" && this.timeline) this.heard(frame.position);
  }

  #change(timeline) {
    this.timeline = timeline;
    this.heardAt = this.local.now();
    const plays = timeline.state === "playing";
    this.video.playbackRate = timeline.rate;
    const here = expectedPosition(timeline, timeline.server_time);
    if (Math.abs(this.video.currentTime - here) > 0.5) this.video.currentTime = here;
    if (plays && this.video.paused) this.video.play();
    if (!plays) this.video.pause();
  }

  get plays() {
    return this.timeline.state === "playing" && !this.video.seeking;
  }

  look() {}

  heard() {}
}

/** OpenTogetherTube: works out where the film should be since the last change, and seeks when more than 1 s off. */
class OpenTogetherTube extends Rule {
  look() {
    const { server_time: sent } = this.timeline;
    const expected = expectedPosition(this.timeline, sent + this.local.now() - this.heardAt);
    if (this.plays && Math.abs(this.video.currentTime - expected) > 1) this.video.currentTime = expected;
  }
}

/** CyTube: every 5 s the position comes, and whoever is more than 2 s from it seeks there. */
class CyTube extends Rule {
  static broadcastMs = 5000;

  heard(position) {
    if (this.plays && Math.abs(this.video.currentTime - position) > 2) this.video.currentTime = position;
  }
}

/** Syncplay: the position comes every second; who is 1.5 s ahead slows down to 95 %, who is 4 s ahead rewinds, who is 5 s
 * behind jumps. It knows half the round trip, and takes it into account. */
class Syncplay extends Rule {
  static broadcastMs = 1000;
  #slow = false;

  constructor({ halfTrip, ...rest }) {
    super(rest);
    this.halfTrip = halfTrip;
  }

  heard(position) {
    if (!this.plays) return;
    const expected = position + this.halfTrip / 1000;
    const ahead = this.video.currentTime - expected;
    if (ahead > 4 || ahead < -5) this.video.currentTime = expected;
    else if (ahead > 1.5) this.#slow = true;
    else if (ahead < 0.1) this.#slow = false;
    this.video.playbackRate = this.timeline.rate * (this.#slow ? 0.95 : 1);
  }
}

export const RULES = { OpenTogetherTube, CyTube, Syncplay };
