// A film that the browser plays by itself (mp4; HLS in Safari): brought back, where it was, after its line was down.

import { isOwn } from "./source.js";

const DECODE = 3; // MediaError's codes
const UNSUPPORTED = 4; // or nobody answered, or it is not there: browsers do not tell these apart
const LOADING = 2; // a networkState
const CAN_PLAY = 3; // a readyState
const FIRST_MS = 500; // Before asking again: doubled each time up to the longest, and spread by half.
const LONGEST_MS = 8000;
const ANSWER_MS = 10_000; // So long an answer may take,
const STALLED_MS = 10_000; // and so long a line may carry nothing while the film has run dry.
const STEADY_S = 5; // of film since it failed: what comes next is another failure
const TOO_BUSY = [408, 425, 429];

/** As `attach` in player.js says. */
export class NativeFilm {
  #video;
  #source;
  #told;
  #listening = new AbortController();
  #timer = null;
  #isCut = false;
  #isAsking = false;
  #tries = 0;
  #place = 0; // s; a film that begins anew has forgotten it
  #lostAt = 0; // s
  #hasLoaded = false;
  #isAnew = false;
  #isAnswered = false; // The server gave it a moment ago, and the browser began anew.
  #isMended = false;

  constructor(video, source, told) {
    this.#video = video;
    this.#source = source;
    this.#told = told;
    const { signal } = this.#listening;
    const on = (name, handle) => video.addEventListener(name, handle, { signal });
    on("loadedmetadata", () => this.#loaded());
    on("error", () => this.#failed(video.error.code));
    on("stalled", () => this.#stalled());
    for (const name of ["progress", "canplay"]) on(name, () => this.#arrives());
    for (const name of ["timeupdate", "seeking"]) on(name, () => this.#remember());
    addEventListener("online", () => this.goOn(), { signal });
    video.src = source;
  }

  release() {
    this.#stop();
    this.#video.removeAttribute("src");
    this.#video.load();
  }

  goOn() {
    if (this.#timer !== null) this.#look();
  }

  // What the browser tells ----------------------------------------------------------------------------------------------
  #loaded() {
    const wasBegunAnew = this.#isAnew;
    this.#hasLoaded = true;
    this.#isAnew = this.#isAnswered = false;
    this.#arrives();
    if (wasBegunAnew) this.#told.back();
  }

  #failed(code) {
    this.#rest();
    this.#lostAt = this.#place;
    if (code === UNSUPPORTED) this.#look();
    else if (code !== DECODE) this.#wait();
    else if (this.#isMended) this.#giveUp();
    else {
      this.#isMended = true;
      this.#begin();
    }
  }

  #stalled() {
    this.#setCut(true);
    this.#timer ??= setTimeout(() => this.#look(), STALLED_MS);
  }

  #arrives() {
    if (this.#video.error) return;
    this.#rest();
    this.#setCut(false);
  }

  #remember() {
    if (this.#video.readyState === 0) return;
    this.#place = this.#video.currentTime;
    if (Math.abs(this.#place - this.#lostAt) > STEADY_S) this.#tries = 0;
  }

  // Coming back ---------------------------------------------------------------------------------------------------------
  /** The last picture stays until the server gives the film again. */
  async #look() {
    this.#rest();
    if (this.#isAsking) return;
    if (!this.#isDry) return void this.#stalled(); // It stalls, but plays on.
    this.#isAsking = true;
    const status = await this.#ask();
    this.#isAsking = false;
    if (this.#listening.signal.aborted) return;
    if (this.#isDry) this.#hear(status);
    else if (this.#isCut) this.#stalled(); // It may run dry yet.
  }

  /** Paused as well: a room pauses while it waits for this film, and a browser that has enough does not load. */
  get #isDry() {
    const { error, networkState, readyState } = this.#video;
    return Boolean(error) || (networkState === LOADING && readyState < CAN_PLAY);
  }

  /** The status of its address: 0 from a server that tells nothing to other pages, null from nobody. */
  async #ask() {
    const asking = new AbortController();
    const patience = setTimeout(() => asking.abort(), ANSWER_MS);
    try {
      return (await fetch(this.#source, { mode: "no-cors", cache: "no-store", signal: asking.signal })).status;
    } catch {
      return null;
    } finally {
      clearTimeout(patience);
      asking.abort(); // Its bytes are for the player.
    }
  }

  #hear(status) {
    const isAway = status === null || status >= 500 || TOO_BUSY.includes(status);
    if (isAway) this.#stayAway();
    else if (status >= 400 || (this.#isAnswered && this.#video.error?.code === UNSUPPORTED)) this.#giveUp();
    else {
      this.#isAnswered = true;
      this.#begin();
    }
  }

  #stayAway() {
    this.#isAnswered = false;
    if (this.#hasLoaded || isOwn(this.#source)) this.#wait();
    else this.#giveUp();
  }

  #wait() {
    this.#rest();
    this.#setCut(true);
    const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** this.#tries++);
    this.#timer = setTimeout(() => this.#look(), (longest * (1 + Math.random())) / 2);
  }

  #begin() {
    const place = this.#place;
    this.#isAnew = true;
    this.#video.load();
    if (place > 0) this.#video.currentTime = place; // The browser goes there once it knows the film.
  }

  #giveUp() {
    this.#stop();
    this.#told.failed();
  }

  #setCut(isCut) {
    if (this.#isCut === isCut) return;
    this.#isCut = isCut;
    this.#told.cut(isCut);
  }

  #rest() {
    clearTimeout(this.#timer);
    this.#timer = null;
  }

  #stop() {
    this.#rest();
    this.#listening.abort();
  }
}
