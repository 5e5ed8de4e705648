// What every page needs: times in the reader's own zone, components that move, the first wrong field in focus, the worker.

import "./components.js";
import { showTimes } from "./words.js";

showTimes();
document.querySelector("main [aria-invalid=true]")?.focus();
