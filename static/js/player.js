// Playing a film in a <video>: hls.js where it can, the browser itself otherwise.

/** Begin loading `video.dataset.source`. Calls `failed` once when the film cannot be played here. */
export function load(video, failed) {
  const source = video.dataset.source;
  video.addEventListener("loadeddata", () => video.parentElement.classList.add("has-picture"), { once: true });
  const isPlaylist = new URL(source, location.href).pathname.endsWith(".m3u8");
  if (isPlaylist && window.Hls?.isSupported()) return loadWithHls(video, source, failed);
  video.src = source;
  video.addEventListener("error", () => failed(), { once: true });
}

function loadWithHls(video, source, failed) {
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
