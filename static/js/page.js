// What every page needs: times in the reader's own zone, components that move, forms, the first wrong field in focus, the worker.

import "./components.js";
import "./forms.js";
import { showTimes } from "./words.js";

showTimes();
// A person's picture that does not load leaves the letter below it.
addEventListener("error", ({ target }) => target.matches?.(".avatar > img") && target.remove(), { capture: true });
for (const image of document.querySelectorAll(".avatar > img")) if (image.complete && !image.naturalWidth) image.remove();
document.querySelector("main [aria-invalid=true]")?.focus();

// A browser's memory of a page that somebody signed in was shown is asked anew: they may have left since.
addEventListener("pageshow", ({ persisted }) => persisted && document.body.classList.contains("signed-in") && location.reload());

// Where the browser has none (plain http, private windows), the pages do without.
addEventListener("load", () => navigator.serviceWorker?.register("/sw.js").catch(() => {}));
