// The page's own words (a JSON block made by the server, in the reader's language), and small tools for building elements.

const phrases = JSON.parse(document.getElementById("phrases")?.textContent ?? "{}");

/**
 * The phrase of that name with {placeholders} filled in; an array becomes a list in the reader's language. A missing phrase
 * shows its name, which a test then finds.
 */
export function say(name, values = {}) {
  return (phrases[name] ?? name).replace(/\{(\w+)\}/g, (whole, key) => (key in values ? told(values[key]) : whole));
}

function told(value) {
  return Array.isArray(value) ? FORMATS.list.format(value.map(isolated)) : isolated(String(value));
}

/** A name that is read from the right must not draw the words after it to its other side. Others stay as they are, to be copied. */
function isolated(text) {
  return FROM_THE_RIGHT.test(text) ? `\u2068${text}\u2069` : text;
}

/** An element with attributes and children. Strings become text nodes: what people typed is never markup. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

// Hebrew, Arabic and their neighbours, and marks that change the direction.
const FROM_THE_RIGHT = /[\u0590-\u08ff\u200f\u202b\u202e\u2067\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
const language = document.documentElement.lang || "zh-hans";
const clock = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
const FORMATS = {
  list: new Intl.ListFormat(language),
  time: new Intl.DateTimeFormat(language, clock),
  thisYear: new Intl.DateTimeFormat(language, { month: "short", day: "numeric", ...clock }),
  moment: new Intl.DateTimeFormat(language, { year: "numeric", month: "short", day: "numeric", ...clock }),
};

/** Write a <time>'s words in the reader's zone: one way for what the server rendered and for what comes live. */
export function showTime(time) {
  const moment = new Date(time.dateTime);
  if (Number.isNaN(moment.getTime())) return;
  const words = FORMATS[time.dataset.as === "time" ? "time" : isThisYear(moment) ? "thisYear" : "moment"].format(moment);
  if (time.textContent !== words) time.textContent = words; // What is the same is not to be read out again.
  time.title = FORMATS.moment.format(moment);
}

function isThisYear(moment) {
  return moment.getFullYear() === new Date().getFullYear();
}

export function showTimes(root = document) {
  for (const time of root.querySelectorAll("time[data-as]")) showTime(time);
}

/** 75.4 is 1:15, 3675 is 1:01:15. */
export function clockOf(seconds) {
  const whole = Math.floor(seconds);
  const two = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** Show these words in an element; touch the page only when they change, so that nothing is read out again and again. */
export function write(node, words) {
  if (node.textContent !== words) node.textContent = words;
}

/** Likewise whether it shows: to say what is so already has the browser work out its styles anew. */
export function reveal(node, isShown) {
  if (node.hidden === isShown) node.hidden = !isShown;
}
