// A film that hls.js plays. It tries again for half a minute by itself; a server may be away for longer.

import { isOwn } from "./source.js";

const AGAIN_MS = 5000;
const BEFORE_LEVELS = ["manifestLoadError", "manifestLoadTimeOut"];

/** As `attach` in player.js says. */
export class HlsFilm {
  #hls;
  #source;
  #told;
  #isCut = false;
  #isMended = false;
  #waiting = null;
  #listening = new AbortController();

  constructor(video, source, told) {
    // A minute ahead bridges a bad line; a whole film would often be loaded for nobody.
    this.#hls = new window.Hls({ enableWorker: true, maxBufferLength: 30, maxMaxBufferLength: 60 });
    this.#source = source;
    this.#told = told;
    const { Events } = window.Hls;
    this.#hls.on(Events.ERROR, (_event, data) => this.#hear(data));
    this.#hls.on(Events.FRAG_LOADED, () => this.#setCut(false));
    addEventListener("online", () => this.goOn(), { signal: this.#listening.signal });
    this.#hls.loadSource(source);
    this.#hls.attachMedia(video);
  }

  release() {
    this.#isCut = false; // There is nothing to go on with.
    clearTimeout(this.#waiting);
    this.#listening.abort();
    this.#hls.destroy();
  }

  goOn() {
    if (this.#isCut) this.#again();
  }

  #again() {
    clearTimeout(this.#waiting);
    if (this.#hls.levels.length > 0) this.#hls.startLoad();
    else this.#hls.loadSource(this.#source);
  }

  #hear(data) {
    if (this.#isOfTheLine(data)) this.#lose(data);
    else if (data.fatal) this.#mendOrFail(data);
  }

  #lose({ fatal }) {
    this.#setCut(true);
    if (!fatal) return;
    clearTimeout(this.#waiting);
    this.#waiting = setTimeout(() => this.#again(), AGAIN_MS);
  }

  #mendOrFail({ type }) {
    if (type === window.Hls.ErrorTypes.MEDIA_ERROR && !this.#isMended) {
      this.#isMended = true;
      this.#hls.recoverMediaError();
      return;
    }
    this.release();
    this.#told.failed();
  }

  #setCut(isCut) {
    if (this.#isCut === isCut) return;
    this.#isCut = isCut;
    this.#told.cut(isCut);
  }

  /** Nobody answered, or a server that is not well; what is refused stays refused. */
  #isOfTheLine({ type, details, response }) {
    if (type !== window.Hls.ErrorTypes.NETWORK_ERROR || (response?.code >= 400 && response.code < 500)) return false;
    return this.#hls.levels.length > 0 || (BEFORE_LEVELS.includes(details) && isOwn(this.#source));
  }
}
