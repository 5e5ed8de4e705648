// The room's talk: what the server rendered, what comes live, and what is on its way.

import { newId } from "./ids.js";
import { History } from "./room/history.js";
import { Lines } from "./room/lines.js";
import { missingIn } from "./room/missing.js";
import { Reading } from "./room/reading.js";
import { drawn, dress } from "./room/said.js";
import { Stamps } from "./room/stamps.js";
import { SIGNED_OUT } from "./socket.js";
import { element, reveal, say, showTime } from "./words.js";

const PATIENCE_MS = 1000; // A message is stored in a moment; only one that is not gets a word about it.
const PATIENCE_S = 60; // So long it may be put off; after more its moment is over, and its author decides.

export class Chat {
  #socket;
  #identity;
  #roomId;
  #list;
  #lines;
  #empty;
  #scroller;
  #reading;
  #history;
  #removing;
  #stamps;
  #knownAtJoin = 0;
  #isOver = false;
  #byClient = new Map(); // what is on its way

  /** film: the movie_id at first; removing: a Removing, or null for who can take nothing out. */
  constructor({ socket, identity, roomId, film, root, removing = null }) {
    this.#socket = socket;
    this.#identity = identity;
    this.#roomId = roomId;
    this.#removing = removing;
    this.#list = root.querySelector("#messages");
    this.#empty = root.querySelector("#no-messages");
    this.#scroller = root.querySelector(".talk");
    this.#stamps = new Stamps({ list: this.#list, film });
    for (const item of this.#list.children) this.#takeOver(item);
    this.#lines = new Lines(this.#list);
    this.#reading = new Reading({ scroller: this.#scroller, list: this.#list, button: root.querySelector("#newer") });
    this.#history = new History({
      roomId, key: identity.key, oldest: () => this.#lines.oldest, add: (messages) => this.#addOlder(messages), place: root.querySelector("#older"),
    });
    this.#list.addEventListener("click", ({ target }) => this.#pressed(target));
    this.#reading.addEventListener("top", () => this.#history.more());
    socket.addEventListener("open", () => this.#join());
    socket.addEventListener("down", ({ detail }) => this.#disconnected(detail));
    socket.addEventListener("frame", ({ detail }) => this.#receive(detail));
  }

  /** Which film the room shows, and whether its times beside the lines can be pressed. */
  follow({ film, mayJump }) {
    this.#stamps.follow({ film, mayJump });
  }

  /** Say something. It shows at once, marked as on its way. */
  post(content, movieTime) {
    const frame = {
      type: "message",
      room_id: this.#roomId,
      username: this.#identity.name,
      content,
      client_id: newId(),
    };
    if (movieTime !== null) Object.assign(frame, { movie_time: movieTime, movie_id: this.#stamps.film });
    const item = this.#draw({
      username: this.#identity.name,
      verified: !this.#identity.isGuest,
      content,
      timestamp: new Date().toISOString(),
      movie_time: movieTime,
      movie_id: this.#stamps.film,
    });
    item.classList.add("waiting", "mine");
    item.dataset.after = this.#lines.last;
    this.#byClient.set(frame.client_id, item);
    this.#lines.append(item);
    this.#reading.toEnd();
    this.#socket.deliver(frame);
    if (this.#socket.isOpen) setTimeout(() => this.#markWaiting(frame.client_id), PATIENCE_MS);
    else this.#markWaiting(frame.client_id);
  }

  /** The texts of lines that did not arrive, which are no lines any more. */
  takeBack() {
    const items = [...this.#byClient.values()];
    for (const clientId of [...this.#byClient.keys()]) this.#settle(clientId);
    return items.map((item) => item.dataset.content);
  }

  #disconnected({ final, code }) {
    if (final) this.#isOver = true;
    for (const button of this.#list.querySelectorAll(".again")) button.hidden = this.#isOver;
    if (code === SIGNED_OUT) return; // Somebody takes them back.
    for (const clientId of [...this.#byClient.keys()]) {
      if (final) this.#refused({ ref: clientId, detail: say("not_here") });
      else this.#markWaiting(clientId);
    }
  }

  /** In words: a shade of grey tells nobody what it means. */
  #markWaiting(clientId, why = null) {
    const item = this.#byClient.get(clientId);
    if (!item) return;
    const badge = item.querySelector(".unsent") ?? element("span", { class: "badge unsent" }, say("waiting"));
    if (why !== null) badge.title = why;
    item.querySelector("header").append(badge);
  }

  #unmarkWaiting(item) {
    item.classList.remove("waiting");
    item.querySelector(".unsent")?.remove();
  }

  /** A guest is listed by the name they came in with: say the new one. */
  renamed() {
    this.#join();
  }

  #join() {
    this.#knownAtJoin = this.#lines.last;
    this.#socket.send({ type: "join", room_id: this.#roomId, username: this.#identity.name, ...this.#identity.key });
  }

  #receive(frame) {
    if (frame.type === "snapshot") this.#caughtUp(frame);
    else if (frame.type === "message" && frame.room_id === this.#roomId) this.#merge(frame);
    else if (frame.type === "change" && frame.message.room_id === this.#roomId) this.#changed(frame.message);
    else if (frame.type === "ack") this.#acknowledged(frame);
    else if (frame.type === "error") this.#refused(frame);
  }

  async #caughtUp({ messages }) {
    const known = this.#lines.last;
    const first = messages[0]?.seq ?? 0;
    this.#takeOutMissing(messages);
    for (const message of messages) this.#merge(message);
    if (known > 0 && first > known + 1) await this.#fillGap(known);
    this.#forgetWhatArrived();
    this.#socket.resend();
  }

  /** A snapshot leaves out what was deleted, maybe while we were away. */
  #takeOutMissing(messages) {
    const isMissing = missingIn(messages, this.#knownAtJoin);
    for (const [seq, item] of this.#lines) {
      if (!isMissing(seq) || item.classList.contains("deleted")) continue;
      const { id, change, sender, verified } = item.dataset;
      const { dateTime } = item.querySelector("time");
      this.#lines.put(this.#draw({ id, seq, change, username: sender, verified: verified === "true", timestamp: dateTime, deleted: true }));
    }
  }

  /** More was said while we were away than a snapshot holds. */
  async #fillGap(known) {
    try {
      await this.#history.since(Number(this.#lines.get(known)?.dataset.id ?? 0), (messages) => messages.forEach((message) => this.#merge(message)));
    } catch (error) {
      console.warn("could not read what was said meanwhile", error);
    }
  }

  #addOlder(messages) {
    const fresh = messages.filter(({ seq }) => !this.#lines.get(seq)).map((message) => this.#draw(message));
    this.#reading.keeping(() => this.#lines.prepend(fresh));
  }

  /** A guest's message has no sender the server could recognise a retry by, so we look for it ourselves. */
  #forgetWhatArrived() {
    if (!this.#identity.isGuest) return;
    const taken = new Set();
    for (const frame of this.#socket.waiting) {
      const item = this.#byClient.get(frame.client_id);
      const since = Number(item?.dataset.after ?? 0);
      const found = [...this.#lines].find(
        ([seq, { dataset }]) =>
          seq > since && !taken.has(seq) && dataset.verified !== "true" && dataset.sender === frame.username && dataset.content === frame.content,
      );
      if (!found) continue;
      taken.add(found[0]);
      this.#settle(frame.client_id);
    }
  }

  #merge(message) {
    const known = this.#lines.get(message.seq);
    if (known && Number(known.dataset.change) >= message.change) return;
    if (!known && this.#isAsWritten(message)) this.#acknowledged(message);
    else {
      this.#settle(message.client_id);
      this.#lines.put(this.#draw(message));
    }
    if (!known) this.#reading.came();
    if (this.#reading.follows && !this.#history.isAsking && this.#lines.shorten()) this.#history.goesOn();
  }

  /** What is not shown comes in its newest form when it is. */
  #changed(message) {
    if (this.#lines.get(message.seq)) this.#merge(message);
  }

  #isAsWritten({ client_id: clientId, username, content }) {
    const waiting = this.#byClient.get(clientId)?.dataset;
    return waiting?.sender === username && waiting?.content === content;
  }

  /** Stored: the waiting line becomes a real one, unless the message itself was here first. */
  #acknowledged({ client_id: clientId, id, seq, change, timestamp }) {
    const item = this.#byClient.get(clientId);
    if (!item) return;
    if (this.#lines.get(seq)) {
      this.#settle(clientId);
      return;
    }
    this.#socket.settle(clientId);
    this.#byClient.delete(clientId);
    this.#unmarkWaiting(item);
    Object.assign(item.dataset, { id, seq, change });
    this.#removing?.offer(item);
    const time = item.querySelector("time");
    time.dateTime = timestamp;
    showTime(time);
    this.#lines.put(item);
  }

  /** No line of its own any more: it is here as a message, or goes back to who wrote it. */
  #settle(clientId) {
    if (!clientId || !this.#byClient.has(clientId)) return;
    this.#socket.settle(clientId);
    this.#drop(this.#byClient.get(clientId));
    this.#byClient.delete(clientId);
  }

  #drop(item) {
    this.#lines.drop(item);
    reveal(this.#empty, this.#lines.isEmpty);
  }

  #refused({ ref, code, detail, retry_after: wait }) {
    const item = this.#byClient.get(ref);
    if (!item) return;
    if ([429, 503].includes(code) && wait <= PATIENCE_S) {
      this.#socket.putOff(ref, wait);
      this.#markWaiting(ref, detail);
      return;
    }
    this.#socket.settle(ref);
    this.#byClient.delete(ref);
    this.#unmarkWaiting(item);
    this.#lines.stop(item);
    item.append(element("p", { class: "wrong", role: "alert" }, say("not_sent", { reason: detail })), this.#choice());
    this.#reading.toEnd();
  }

  #choice() {
    const again = element("button", { class: "button little again", type: "button", hidden: this.#isOver }, say("send_again"));
    const away = element("button", { class: "button little plain away", type: "button" }, say("take_away"));
    return element("div", { class: "row tight" }, again, away);
  }

  #pressed(target) {
    const button = target.closest(".again, .away");
    if (!button) return;
    const item = button.closest(".said");
    this.#drop(item);
    if (button.matches(".again")) this.post(item.dataset.content, this.#stamps.secondOf(item));
    this.#scroller.focus({ preventScroll: true }); // The button that had it is gone.
  }

  #draw(message) {
    const item = drawn(message);
    this.#belongs(item);
    reveal(this.#empty, false);
    return item;
  }

  /** What the server rendered becomes as what is drawn here. */
  #takeOver(item) {
    dress(item);
    this.#belongs(item);
  }

  #belongs(item) {
    item.classList.toggle("mine", this.#isMine(item.dataset.sender, item.dataset.verified === "true"));
    this.#removing?.offer(item);
    this.#stamps.fit(item);
  }

  #isMine(name, verified) {
    return name === this.#identity.name && Boolean(verified) !== this.#identity.isGuest;
  }
}
