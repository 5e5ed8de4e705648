// The film's page: play it alone.

import { attach } from "./player.js";

const video = document.getElementById("video");
if (video) attach(video, video.dataset.source, () => (document.getElementById("unplayable").hidden = false));
