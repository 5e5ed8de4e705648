// One line of the talk: made here, or made by the server and dressed here, so that both are the same.

import { clockOf, element, say, showTime } from "../words.js";
import { linked } from "./links.js";

/** The element of a message as a frame or REST gives it. */
export function drawn(message) {
  const guest = message.verified ? null : element("span", { class: "badge" }, say("guest"));
  const time = element("time", { datetime: message.timestamp, "data-as": "time" });
  const body = element("p", message.deleted ? { class: "quiet" } : { dir: "auto" }, message.deleted ? say("deleted") : message.content);
  const item = element("li", { class: "said" }, element("header", {}, element("b", { dir: "auto", title: message.username }, message.username), guest, time), body);
  Object.assign(item.dataset, { sender: message.username, verified: String(Boolean(message.verified)), content: message.content });
  if (message.seq) Object.assign(item.dataset, { id: message.id, seq: message.seq, change: message.change });
  if (typeof message.movie_time === "number" && !message.deleted) {
    Object.assign(item.dataset, { movie: message.movie_id, movieTime: message.movie_time });
  }
  item.classList.toggle("deleted", Boolean(message.deleted));
  dress(item);
  return item;
}

/** Its time in the reader's zone, its links, and the second of the film that it is about. */
export function dress(item) {
  showTime(item.querySelector("time"));
  if (item.classList.contains("deleted")) return;
  item.querySelector("p").replaceChildren(...linked(item.dataset.content));
  const { movieTime } = item.dataset;
  if (movieTime) item.querySelector("header").append(stamp(Number(movieTime)));
}

function stamp(seconds) {
  const words = clockOf(seconds);
  const label = say("go_to", { time: words });
  return element("button", { class: "stamp", type: "button", "data-second": seconds, title: label, "aria-label": label, disabled: true }, words);
}
