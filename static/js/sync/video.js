// A <video> as the room's player needs it: what it does by itself is told apart from what its person does.

import { attach } from "../player.js";
import { EchoGuard } from "./echo.js";
import { browserTime } from "./time.js";

const LONGEST_COST = 3; // s
const SMALL_STEP = 1; // s: libraries step over gaps in the data; a person moves further
const DRAG_MS = 1000; // Dragging along the film is one gesture, however long the hand takes.
const SETTLED_MS = 250; // without another move: there the person wanted to go
const PRESS_MS = 1000; // within which what a key outside the page did shows in the player

/**
 * Events: "loaded", "landed" (a seek), "failed", "ended", "change" (anything that shows),
 * "gesture" (detail: {action: "play" | "pause" | "seek", position}), "left-alone" (paused, but not by us and not by a gesture).
 */
export class VideoPlayer extends EventTarget {
  #video;
  #time;
  #echo = new EchoGuard();
  #film = null;
  #isCut = false;
  #shouldPlay = false; // as it was told, and as its person wants
  #source = "";
  #starting = null;
  #seekBegan = null;
  #startBegan = null;
  #lastPosition = 0;
  #place = 0; // s; where it goes once it is loaded
  #draggedAt = -Infinity;
  #cancelDrag = () => {};
  #isStill; // as far as its events told
  #pressedAt = -Infinity;

  /** s from asking for a seek or a start until it plays, as measured. */
  seekCost = 0.25;
  startCost = 0.05;
  landedAt = -Infinity;
  isBlocked = false;

  constructor(video, time = browserTime) {
    super();
    this.#video = video;
    this.#isStill = video.paused;
    this.#time = time;
    const on = (name, handle) => video.addEventListener(name, handle);
    on("loadedmetadata", () => this.#loaded());
    on("emptied", () => this.#emptied());
    on("play", () => this.#turned(false) && this.#gesture("play"));
    on("pause", () => this.#turned(true) && this.#paused());
    on("seeking", () => this.#echo.isEcho("seeking") || this.#moved());
    on("seeked", () => this.#landed());
    on("playing", () => this.#started());
    on("timeupdate", () => video.seeking || (this.#lastPosition = video.currentTime));
    on("ended", () => this.#tell("ended"));
    // Keys of keyboards and headsets, which count as no touch of the page.
    for (const action of ["play", "pause"]) globalThis.navigator?.mediaSession?.setActionHandler(action, () => this.#press(action));
    for (const name of ["volumechange", "waiting", "canplay", "durationchange"]) on(name, () => this.#tell("change"));
  }

  // How it is --------------------------------------------------------------------------------------------------------
  get isLoaded() {
    return this.#video.readyState >= 1;
  }

  get position() {
    return this.#video.currentTime;
  }

  get duration() {
    return Number.isFinite(this.#video.duration) ? this.#video.duration : null;
  }

  get isPaused() {
    return this.#video.paused;
  }

  get isStarting() {
    return this.#starting !== null;
  }

  get isSeeking() {
    return this.#video.seeking;
  }

  get readyState() {
    return this.#video.readyState;
  }

  get isMuted() {
    return this.#video.muted;
  }

  /** It has run dry, and nothing comes at the moment. */
  get isCut() {
    return this.#isCut && this.#video.readyState < 3;
  }

  /** s of film that are loaded beyond the position. */
  get ahead() {
    const { buffered, currentTime } = this.#video;
    for (let range = 0; range < buffered.length; range += 1) {
      // Decoders may begin a frame before or after.
      if (buffered.start(range) <= currentTime + 0.1 && buffered.end(range) > currentTime) return buffered.end(range) - currentTime;
    }
    return 0;
  }

  get rate() {
    return this.#video.playbackRate;
  }

  set rate(rate) {
    if (this.#video.playbackRate !== rate) this.#video.playbackRate = rate;
  }

  // What it is told --------------------------------------------------------------------------------------------------
  load(source) {
    this.unload();
    this.#source = source;
    this.#film = attach(this.#video, source, {
      failed: () => this.#failed(),
      cut: (isCut) => this.#setCut(isCut),
      back: () => this.#shouldPlay && this.play(),
    });
  }

  /** The same film once more where it was, after it failed. */
  reload() {
    const place = this.#lastPosition;
    this.load(this.#source);
    this.#place = place;
  }

  /** The server seems to be back: what waits for it need not. */
  goOn() {
    this.#film?.goOn();
  }

  unload() {
    this.#film?.release();
    this.#film = null;
    this.#place = 0;
    this.#setCut(false);
    this.landedAt = -Infinity;
    this.#lastPosition = 0;
  }

  /** With sound if the browser allows it, without otherwise; `isBlocked` afterwards says that a person must press something. */
  play() {
    this.#shouldPlay = true;
    this.#starting ??= this.#play().finally(() => {
      this.#starting = null;
      this.#tell("change");
    });
    return this.#starting;
  }

  pause() {
    this.#shouldPlay = false;
    if (this.#video.paused) return;
    this.#echo.expect("pause");
    this.#video.pause();
  }

  seek(position) {
    this.#echo.expect("seeking");
    this.#seekBegan = this.#time.now();
    this.#lastPosition = position;
    this.#video.currentTime = position;
  }

  unmute() {
    this.#video.muted = false;
  }

  async #play() {
    const was = this.#video.muted;
    // What must be loaded first says nothing about starts.
    this.#startBegan = this.#video.readyState >= 3 && !this.#video.seeking ? this.#time.now() : null;
    this.isBlocked = !(await this.#tried());
    if (!this.isBlocked || was) return;
    this.#video.muted = true;
    this.isBlocked = !(await this.#tried());
    if (!this.isBlocked) return;
    this.#video.muted = false;
    this.#startBegan = null;
  }

  async #tried() {
    const isNews = this.#video.paused;
    if (isNews) this.#echo.expect("play");
    try {
      await this.#video.play();
      return true;
    } catch ({ name }) {
      // Interrupted (a pause, a seek, another film) is not refused: what interrupted it decides.
      if (name !== "NotAllowedError") return true;
      if (isNews) this.#echo.forget("play");
      return false;
    }
  }

  // What happens -----------------------------------------------------------------------------------------------------
  #loaded() {
    if (this.#place > 0) this.seek(this.#place);
    this.#place = 0;
    this.#tell("loaded");
  }

  /** What is given up is not tried again. */
  #failed() {
    this.#setCut(false);
    this.#tell("failed");
  }

  #setCut(isCut) {
    this.#isCut = isCut;
    this.#tell("change");
  }

  #emptied() {
    this.#echo.reset();
    this.#isStill = this.#video.paused;
  }

  /**
   * Whether somebody else paused or started it. WebKit tells of a pause and a start around each change of rate, while it plays
   * on: what is not so, or was so before, is not believed.
   */
  #turned(isStill) {
    const name = isStill ? "pause" : "play";
    const isEcho = this.#echo.isEcho(name);
    const isNews = this.#video.paused === isStill && this.#isStill !== isStill;
    if (isEcho || isNews) this.#isStill = isStill;
    return isNews && !isEcho;
  }

  #landed() {
    this.landedAt = this.#time.now();
    if (this.#video.paused && this.#seekBegan !== null) this.#seekBegan = null; // What it costs shows while it plays.
    this.#tell("landed");
  }

  #started() {
    const now = this.#time.now();
    if (this.#seekBegan !== null) this.seekCost = learnt(this.seekCost, now - this.#seekBegan);
    else if (this.#startBegan !== null) this.startCost = learnt(this.startCost, now - this.#startBegan);
    this.#seekBegan = this.#startBegan = null;
    this.isBlocked = false;
    this.#tell("change");
  }

  #press(action) {
    this.#pressedAt = this.#time.now();
    if (action === "pause") this.#video.pause();
    else this.#video.play().catch(() => {}); // Put off until everyone plays, or refused: the gesture was made.
  }

  #paused() {
    const wasPressed = this.#time.now() - this.#pressedAt < PRESS_MS;
    // At the end, without data and in hidden tabs browsers pause by themselves.
    if (this.#video.ended || this.#video.error || (globalThis.document?.hidden && !wasPressed)) return;
    this.#shouldPlay = false;
    if (wasPressed || isPersonHere()) this.#gesture("pause");
    else this.#tell("left-alone");
  }

  #moved() {
    const { currentTime } = this.#video;
    const now = this.#time.now();
    const isDragging = now - this.#draggedAt < DRAG_MS;
    const isSmall = Math.abs(currentTime - this.#lastPosition) < SMALL_STEP;
    // Who presses play at the end is taken to the beginning by the browser; that press is the gesture.
    if (currentTime === 0 && !this.#video.paused && this.#lastPosition >= this.#video.duration - SMALL_STEP) return;
    if (!isDragging && (isSmall || !isPersonHere())) return;
    this.#draggedAt = now;
    this.#cancelDrag();
    this.#cancelDrag = this.#time.after(SETTLED_MS, () => this.#gesture("seek"));
  }

  /** A person is moving along the film, and has not said where to yet. */
  get isDragged() {
    return this.#time.now() - this.#draggedAt < SETTLED_MS;
  }

  #gesture(action) {
    if (action === "play") this.#shouldPlay = true;
    this.dispatchEvent(new CustomEvent("gesture", { detail: { action, position: this.#video.currentTime } }));
  }

  #tell(name) {
    this.dispatchEvent(new Event(name));
  }
}

/** Whether somebody touched the page a moment ago. Browsers that do not say so are believed to have a person. */
function isPersonHere() {
  return globalThis.navigator?.userActivation?.isActive ?? true;
}

function learnt(cost, ms) {
  return cost * 0.7 + Math.min(LONGEST_COST, ms / 1000) * 0.3;
}
