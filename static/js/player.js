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
  // A minute ahead bridges a bad line; a whole film would often be loaded for nobody.
  const hls = new window.Hls({ enableWorker: true, maxBufferLength: 30, maxMaxBufferLength: 60 });
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
