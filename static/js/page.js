// What every page needs: times in the reader's own zone, components that move, the first wrong field in focus, the worker.

import "./components.js";
import { showTimes } from "./words.js";

showTimes();
document.querySelector("main [aria-invalid=true]")?.focus();

// Where the browser has none (plain http, private windows), the pages do without.
addEventListener("load", () => navigator.serviceWorker?.register("/sw.js").catch(() => {}));
