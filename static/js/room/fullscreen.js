// The whole screen for the picture and what lies over it: a browser's own button would take the film alone.

/** The button shows where the browser can do it; the film's own one goes. */
export function offerFullScreen({ screen, video, button }) {
  if (!document.fullscreenEnabled) return;
  button.hidden = false;
  video.setAttribute("controlslist", "nofullscreen");
  const change = () => (document.fullscreenElement ? document.exitFullscreen() : screen.requestFullscreen());
  button.addEventListener("click", change);
  video.addEventListener("dblclick", (event) => {
    event.preventDefault();
    change();
  });
}
