// The room's talk: what the server rendered, what comes live, and what is on its way.

import { markDay, renameDays } from "./room/days.js";
import { History } from "./room/history.js";
import { Reading } from "./room/reading.js";
import { drawn, dress } from "./room/said.js";
import { SIGNED_OUT } from "./socket.js";
import { element, say, showTime } from "./words.js";

const PATIENCE_MS = 1000; // A message is stored in a moment; only one that is not gets a word about it.

export class Chat {
  #socket;
  #identity;
  #roomId;
  #list;
  #empty;
  #reading;
  #history;
  #removing;
  #mayJump = false;
  #bySeq = new Map();
  #byClient = new Map();
  #sentAfter = new Map();

  /** removing: a Removing, or null for who can take nothing out. */
  constructor({ socket, identity, roomId, root, removing = null }) {
    this.#socket = socket;
    this.#identity = identity;
    this.#roomId = roomId;
    this.#removing = removing;
    this.#list = root.querySelector("#messages");
    this.#empty = root.querySelector("#no-messages");
    for (const item of this.#list.children) this.#takeOver(item);
    this.#reading = new Reading({ scroller: root.querySelector(".talk"), list: this.#list, button: root.querySelector("#newer") });
    this.#history = new History({
      roomId, key: identity.key, oldest: () => this.#oldest, add: (messages) => this.#addOlder(messages), place: root.querySelector("#older"),
    });
    this.#reading.addEventListener("top", () => this.#history.more());
    socket.addEventListener("open", () => this.#join());
    socket.addEventListener("down", ({ detail }) => this.#disconnected(detail));
    socket.addEventListener("frame", ({ detail }) => this.#receive(detail));
  }

  /** Whether the film's times beside the lines can be pressed. */
  set mayJump(mayJump) {
    this.#mayJump = mayJump;
    for (const stamp of this.#list.querySelectorAll(".stamp")) stamp.disabled = !mayJump;
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
    if (movieTime !== null) frame.movie_time = movieTime;
    const item = this.#draw({
      username: this.#identity.name,
      verified: !this.#identity.isGuest,
      content,
      timestamp: new Date().toISOString(),
      movie_time: movieTime,
    });
    item.classList.add("waiting", "mine");
    this.#byClient.set(frame.client_id, item);
    this.#sentAfter.set(frame.client_id, this.#lastSeq);
    this.#list.append(item);
    this.#marked(item);
    this.#reading.toEnd();
    this.#socket.deliver(frame);
    if (this.#socket.isOpen) setTimeout(() => this.#markWaiting(frame.client_id), PATIENCE_MS);
    else this.#markWaiting(frame.client_id);
  }

  /** The texts of lines that did not arrive, which are no lines any more. */
  takeBack() {
    const items = [...this.#byClient.values()];
    for (const clientId of [...this.#byClient.keys()]) this.#settle(clientId);
    this.#empty.hidden = this.#list.childElementCount > 0;
    return items.map((item) => item.dataset.content);
  }

  #disconnected({ final, code }) {
    if (code === SIGNED_OUT) return; // Somebody takes them back.
    for (const clientId of [...this.#byClient.keys()]) {
      if (final) this.#refused({ ref: clientId, detail: say("not_here") });
      else this.#markWaiting(clientId);
    }
  }

  /** In words: a shade of grey tells nobody what it means. */
  #markWaiting(clientId) {
    const item = this.#byClient.get(clientId);
    if (!item || item.querySelector(".unsent")) return;
    item.querySelector("header").append(element("span", { class: "badge unsent" }, say("waiting")));
  }

  #unmarkWaiting(item) {
    item.classList.remove("waiting");
    item.querySelector(".unsent")?.remove();
  }

  /** A guest is listed by the name they came in with: come in again. */
  renamed() {
    this.#socket.send({ type: "leave", room_id: this.#roomId });
    this.#join();
  }

  get #lastSeq() {
    return Math.max(0, ...this.#bySeq.keys());
  }

  #join() {
    this.#socket.send({ type: "join", room_id: this.#roomId, username: this.#identity.name, ...this.#identity.key });
  }

  #receive(frame) {
    if (frame.type === "snapshot") this.#caughtUp(frame);
    else if (frame.type === "message" && frame.room_id === this.#roomId) this.#merge(frame);
    else if (frame.type === "change" && frame.message.room_id === this.#roomId) this.#merge(frame.message);
    else if (frame.type === "ack") this.#acknowledged(frame);
    else if (frame.type === "error") this.#refused(frame);
  }

  async #caughtUp({ messages }) {
    const known = this.#lastSeq;
    const first = messages[0]?.seq ?? 0;
    this.#takeOutMissing(messages);
    for (const message of messages) this.#merge(message);
    if (known > 0 && first > known + 1) await this.#fillGap(known);
    this.#forgetWhatArrived();
    this.#socket.resend();
  }

  /** A snapshot leaves out what was deleted, maybe while we were away. */
  #takeOutMissing(messages) {
    const told = new Set(messages.map(({ seq }) => seq));
    const isMissing = (seq) => seq > messages[0]?.seq && seq < messages.at(-1).seq && !told.has(seq);
    for (const [seq, item] of this.#bySeq) {
      if (!isMissing(seq) || item.classList.contains("deleted")) continue;
      const { id, change, sender, verified } = item.dataset;
      const { dateTime } = item.querySelector("time");
      this.#replace(item, { id, seq, change, username: sender, verified: verified === "true", timestamp: dateTime, deleted: true });
    }
  }

  /** More was said while we were away than a snapshot holds. */
  async #fillGap(known) {
    try {
      await this.#history.since(Number(this.#bySeq.get(known)?.dataset.id ?? 0), (messages) => messages.forEach((message) => this.#merge(message)));
    } catch (error) {
      console.warn("could not read what was said meanwhile", error);
    }
  }

  get #oldest() {
    const first = this.#list.querySelector("[data-seq]");
    return first && { id: Number(first.dataset.id), seq: Number(first.dataset.seq) };
  }

  #addOlder(messages) {
    this.#reading.keeping(() => {
      const fresh = messages.filter(({ seq }) => !this.#bySeq.has(seq)).map((message) => [message.seq, this.#draw(message)]);
      for (const [seq, item] of fresh) this.#bySeq.set(seq, item);
      this.#list.prepend(...fresh.map(([, item]) => item));
      for (const [, item] of fresh) this.#marked(item);
    });
  }

  /** A guest's message has no sender the server could recognise a retry by, so we look for it ourselves. */
  #forgetWhatArrived() {
    if (!this.#identity.isGuest) return;
    const taken = new Set();
    for (const frame of this.#socket.waiting) {
      const since = this.#sentAfter.get(frame.client_id) ?? 0;
      const found = [...this.#bySeq].find(
        ([seq, { dataset }]) =>
          seq > since && !taken.has(seq) && dataset.verified !== "true" && dataset.sender === frame.username && dataset.content === frame.content,
      );
      if (!found) continue;
      taken.add(found[0]);
      this.#socket.settle(frame.client_id);
      this.#byClient.get(frame.client_id)?.remove();
      this.#byClient.delete(frame.client_id);
    }
  }

  #merge(message) {
    const known = this.#bySeq.get(message.seq);
    if (known && Number(known.dataset.change) >= message.change) return;
    this.#settle(message.client_id);
    if (known) this.#replace(known, message);
    else this.#add(message);
    this.#reading.came(!known);
  }

  #replace(known, message) {
    const item = this.#draw(message);
    known.replaceWith(item);
    this.#marked(item);
    this.#bySeq.set(message.seq, item);
  }

  #add(message) {
    const item = this.#draw(message);
    this.#insert(item, message.seq);
    this.#marked(item);
    this.#bySeq.set(message.seq, item);
  }

  #insert(item, seq) {
    let before = this.#list.lastElementChild; // What is new belongs near the end.
    while (before && !(Number(before.dataset.seq) < seq)) before = before.previousElementSibling;
    if (before) before.after(item);
    else this.#list.prepend(item);
    this.#empty.hidden = true;
  }

  /** Stored: the waiting line becomes a real one, unless the message itself was here first. */
  #acknowledged({ client_id: clientId, id, seq, change, timestamp }) {
    const item = this.#byClient.get(clientId);
    if (!item) return;
    this.#socket.settle(clientId);
    this.#byClient.delete(clientId);
    if (this.#bySeq.has(seq)) {
      item.remove();
      return;
    }
    this.#unmarkWaiting(item);
    Object.assign(item.dataset, { id, seq, change });
    this.#removing?.offer(item);
    const time = item.querySelector("time");
    time.dateTime = timestamp;
    showTime(time);
    item.remove();
    this.#insert(item, seq);
    this.#marked(item);
    this.#bySeq.set(seq, item);
  }

  #settle(clientId) {
    if (!clientId || !this.#byClient.has(clientId)) return;
    this.#socket.settle(clientId);
    this.#byClient.get(clientId).remove();
    this.#byClient.delete(clientId);
  }

  #refused({ ref, detail }) {
    const item = this.#byClient.get(ref);
    if (!item) return;
    this.#socket.settle(ref);
    this.#byClient.delete(ref);
    this.#unmarkWaiting(item);
    item.append(element("p", { class: "wrong", role: "alert" }, say("not_sent", { reason: detail })));
    this.#reading.toEnd();
  }

  #draw(message) {
    const item = drawn(message);
    this.#belongs(item);
    this.#empty.hidden = true;
    return item;
  }

  /** What the server rendered becomes as what is drawn here. */
  #takeOver(item) {
    this.#bySeq.set(Number(item.dataset.seq), item);
    dress(item);
    this.#belongs(item);
    markDay(item);
  }

  #belongs(item) {
    this.#removing?.offer(item);
    item.classList.toggle("mine", this.#isMine(item.dataset.sender, item.dataset.verified === "true"));
    for (const stamp of item.querySelectorAll(".stamp")) stamp.disabled = !this.#mayJump;
  }

  /** It has its place: whether a day begins with it, and with the line after it. */
  #marked(item) {
    markDay(item);
    if (item.nextElementSibling) markDay(item.nextElementSibling);
    if (item.querySelector(".day")) renameDays(this.#list);
  }

  #isMine(name, verified) {
    return name === this.#identity.name && Boolean(verified) !== this.#identity.isGuest;
  }
}

/** Random enough to be unique among one person's messages; crypto.randomUUID exists on secure origins only. */
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
