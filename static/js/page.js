// What every page needs: times in the reader's own zone.

import { showTimes } from "./words.js";

showTimes();
