// A mark above the first line of each day.

import { element } from "../words.js";

const DAY_MS = 86_400_000;
const language = document.documentElement.lang || "zh-hans";
const near = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
const thisYear = new Intl.DateTimeFormat(language, { month: "long", day: "numeric", weekday: "short" });
const otherYear = new Intl.DateTimeFormat(language, { year: "numeric", month: "long", day: "numeric" });

/** Give `item` its mark, or take it away, by the line before it. A mark that moves is no news to be read out. */
export function markDay(item) {
  const day = dayOf(item);
  const before = item.previousElementSibling;
  const isFirst = day !== null && (before === null || dayOf(before) !== day);
  const mark = item.querySelector(".day");
  if (!isFirst) mark?.remove();
  else if (!mark) item.prepend(element("div", { class: "day", "aria-live": "off" }, element("span", { "data-day": day }, nameOf(day))));
}

/** Today is yesterday after midnight. */
export function renameDays(root) {
  for (const name of root.querySelectorAll("[data-day]")) {
    const words = nameOf(Number(name.dataset.day));
    if (name.textContent !== words) name.textContent = words;
  }
}

/** The midnight with which its day began here, in ms since 1970. */
function dayOf(item) {
  const moment = new Date(item.querySelector("time")?.dateTime ?? "");
  return Number.isNaN(moment.getTime()) ? null : moment.setHours(0, 0, 0, 0);
}

function nameOf(day) {
  const now = new Date();
  const ago = Math.round((day - new Date(now).setHours(0, 0, 0, 0)) / DAY_MS);
  const date = new Date(day);
  if (ago === 0 || ago === -1) return near.format(ago, "day");
  return (date.getFullYear() === now.getFullYear() ? thisYear : otherYear).format(date);
}
