// Getting a film into a <video>: hls.js where it can, the browser itself otherwise.

const AGAIN_MS = 5000; // after hls.js gave up a line that is down: it tries for half a minute, a server may be away for longer

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
    video.parentElement?.classList.remove("has-picture");
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
  // A minute ahead bridges a bad line; a whole film would often be loaded for nobody.
  const hls = new window.Hls({ enableWorker: true, maxBufferLength: 30, maxMaxBufferLength: 60 });
  const goOn = () => hls.startLoad();
  let mended = false;
  let waiting = null;
  const release = () => {
    clearTimeout(waiting);
    removeEventListener("online", goOn);
    hls.destroy();
  };
  hls.on(window.Hls.Events.ERROR, (_event, data) => {
    if (!data.fatal) return;
    if (data.type === window.Hls.ErrorTypes.MEDIA_ERROR && !mended) {
      mended = true;
      hls.recoverMediaError();
    } else if (hls.levels.length > 0 && isOfTheLine(data)) {
      clearTimeout(waiting);
      waiting = setTimeout(goOn, AGAIN_MS); // What is loaded plays on.
    } else {
      release();
      failed();
    }
  });
  addEventListener("online", goOn);
  hls.loadSource(source);
  hls.attachMedia(video);
  return release;
}

/** Nobody answered, or a server that is not well; what is refused stays refused. */
function isOfTheLine({ type, response }) {
  return type === window.Hls.ErrorTypes.NETWORK_ERROR && !(response?.code >= 400 && response.code < 500);
}
