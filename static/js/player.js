// Getting a film into a <video>: hls.js where it can, the browser itself otherwise.

import { HlsFilm } from "./player/hls.js";
import { NativeFilm } from "./player/native.js";

/**
 * Begin loading. What comes back has `release()`, which takes the film out again, and `goOn()`: the server seems to be back.
 * `told`: `cut(isCut)` as its data stop coming and come again (what is loaded plays on meanwhile, and it is tried again);
 * `back()` if it had to begin anew where it was, and stands still; `failed()`, once, if it cannot be played here.
 */
export function attach(video, source, told) {
  const listening = new AbortController();
  const show = () => video.parentElement.classList.add("has-picture");
  video.addEventListener("loadeddata", show, { once: true, signal: listening.signal });
  const isPlaylist = new URL(source, location.href).pathname.endsWith(".m3u8");
  // With hls.js the buffer, the quality and the recovery are alike everywhere; without it, Safari plays HLS itself.
  const Film = isPlaylist && window.Hls?.isSupported() ? HlsFilm : NativeFilm;
  const film = new Film(video, source, told);
  return {
    goOn: () => film.goOn(),
    release() {
      listening.abort();
      film.release();
      video.parentElement?.classList.remove("has-picture");
    },
  };
}
