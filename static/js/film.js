// The film's page: play it alone.

import { load } from "./player.js";

const video = document.getElementById("video");
if (video) load(video, () => (document.getElementById("unplayable").hidden = false));
