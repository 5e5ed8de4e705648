// The keyboard, as long as nothing that takes keys itself has the focus: space, arrows, f, m, and c for the talk.

const STEP_S = 5;
const TAKES_ALL = "input, textarea, select, dialog, [contenteditable]";
const TAKES_MOVES = "button, a, summary, video, .talk"; // The browser presses, scrolls or plays them.

/** What is done to the video is what its person does by hand: it becomes a command, or their own way. */
export function followKeys({ video, content, fullScreen }) {
  const moves = {
    " ": () => (video.paused ? video.play().catch(() => {}) : video.pause()),
    ArrowLeft: () => (video.currentTime = Math.max(0, video.currentTime - STEP_S)),
    ArrowRight: () => (video.currentTime = Math.min(video.duration || 0, video.currentTime + STEP_S)),
  };
  const others = { c: () => content.focus(), f: () => fullScreen.hidden || fullScreen.click(), m: () => (video.muted = !video.muted) };
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.closest?.(TAKES_ALL) || document.querySelector("dialog[open]")) return;
    const act = others[event.key] ?? (event.target.closest?.(TAKES_MOVES) ? null : moves[event.key]);
    if (!act) return;
    event.preventDefault();
    act();
  });
}
