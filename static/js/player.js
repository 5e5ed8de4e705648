// Getting a film into a <video>: hls.js where it can, the browser itself otherwise.

/** Begin loading; a function that takes it out again comes back. `failed` is called once if the film cannot be played here. */
export function attach(video, source, failed) {
  const listening = new AbortController();
  const on = (name, handle) => video.addEventListener(name, handle, { once: true, signal: listening.signal });
  on("loadeddata", () => video.parentElement.classList.add("has-picture"));
  const isPlaylist = new URL(source, location.href).pathname.endsWith(".m3u8");
  // With hls.js the buffer, the quality and the recovery are alike everywhere; without it, Safari plays HLS itself.
  const release = isPlaylist && window.Hls?.isSupported() ? withHls(video, source, failed) : natively(video, source, on, failed);
  return () => {
    listening.abort();
    release();
  };
}

function natively(video, source, on, failed) {
  on("error", failed);
  video.src = source;
  return () => {
    video.removeAttribute("src");
    video.load();
  };
}

function withHls(video, source, failed) {
  const hls = new window.Hls({ enableWorker: true, maxBufferLength: 30 });
  let mended = false;
  hls.on(window.Hls.Events.ERROR, (_event, data) => {
    if (!data.fatal) return;
    if (data.type === window.Hls.ErrorTypes.MEDIA_ERROR && !mended) {
      mended = true;
      hls.recoverMediaError();
      return;
    }
    hls.destroy();
    failed();
  });
  hls.loadSource(source);
  hls.attachMedia(video);
  return () => hls.destroy();
}

/** Begin loading `video.dataset.source`. */
export function load(video, failed) {
  attach(video, video.dataset.source, failed);
}

/**
 * Play, with sound if the browser allows it before anybody touched the page, without otherwise.
 * Resolves to "playing", "muted" or "refused" (the person must press something first).
 */
export async function start(video) {
  if (await tryPlay(video)) return video.muted ? "muted" : "playing";
  if (video.muted) return "refused";
  video.muted = true;
  if (await tryPlay(video)) return "muted";
  video.muted = false;
  return "refused";
}

async function tryPlay(video) {
  try {
    await video.play();
    return true;
  } catch (error) {
    // An interrupted play (a seek, a new source) is no refusal: the one that interrupted it decides.
    return error.name === "AbortError";
  }
}
