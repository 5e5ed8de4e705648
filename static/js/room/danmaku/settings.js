// How somebody wants flying comments, remembered in this browser.

const KEY = "matinee.danmaku";
const AREAS = ["quarter", "half", "full"];

/** Seconds across the picture, by the name of the speed. */
export const SPEEDS = { slow: 12, normal: 8, fast: 5 };

/** {isOn, opacity (0.2 to 1), speed, area}. Without a choice of their own, who asked for less motion gets none. */
export function read(storage = own(), isStill = matchMedia("(prefers-reduced-motion: reduce)").matches) {
  let kept = {};
  try {
    kept = JSON.parse(storage.getItem(KEY)) ?? {};
  } catch {
    // Storage is switched off, or holds something else: as if nothing was chosen.
  }
  return {
    isOn: typeof kept.isOn === "boolean" ? kept.isOn : !isStill,
    opacity: kept.opacity >= 0.2 && kept.opacity <= 1 ? Number(kept.opacity) : 0.9,
    speed: Object.hasOwn(SPEEDS, kept.speed) ? kept.speed : "normal",
    area: AREAS.includes(kept.area) ? kept.area : "half",
  };
}

export function write(settings, storage = own()) {
  try {
    storage.setItem(KEY, JSON.stringify(settings));
  } catch {
    // As above: it lasts as long as the page.
  }
}

/** Browsers that keep nothing for anybody throw at the mere question. */
function own() {
  try {
    return localStorage;
  } catch {
    return null;
  }
}
