// The room's talk: what the server rendered, what comes live, and what is on its way.

import { element, say, showTime } from "./words.js";

const PAGE = 100;
const PATIENCE_MS = 1000; // A message is stored in a moment; only one that is not gets a word about it.

export class Chat {
  #socket;
  #identity;
  #roomId;
  #list;
  #scroller;
  #empty;
  #bySeq = new Map();
  #byClient = new Map();
  #sentAfter = new Map();
  #height = 0;
  #follows = true; // The newest line stays in sight, until the person scrolls away from it.

  constructor({ socket, identity, roomId, root }) {
    this.#socket = socket;
    this.#identity = identity;
    this.#roomId = roomId;
    this.#list = root.querySelector("#messages");
    this.#scroller = root.querySelector(".talk");
    this.#empty = root.querySelector("#no-messages");
    for (const item of this.#list.children) this.#bySeq.set(Number(item.dataset.seq), item);
    for (const item of this.#list.children) item.classList.toggle("mine", this.#isMine(item.dataset.sender, item.dataset.verified === "true"));
    this.#keepAtEnd();
    socket.addEventListener("open", () => this.#join());
    socket.addEventListener("down", ({ detail }) => this.#disconnected(detail));
    socket.addEventListener("frame", ({ detail }) => this.#receive(detail));
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
    });
    item.classList.add("waiting", "mine");
    this.#byClient.set(frame.client_id, item);
    this.#sentAfter.set(frame.client_id, this.#lastSeq);
    this.#list.append(item);
    this.#toEnd();
    this.#socket.deliver(frame);
    if (this.#socket.isOpen) setTimeout(() => this.#markWaiting(frame.client_id), PATIENCE_MS);
    else this.#markWaiting(frame.client_id);
  }

  #disconnected({ final }) {
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
    for (const message of messages) this.#merge(message);
    if (known > 0 && first > known + 1) await this.#fillGap(known, first);
    this.#forgetWhatArrived();
    this.#socket.resend();
  }

  /** More was said while we were away than a snapshot holds. */
  async #fillGap(known, first) {
    let after = Number(this.#bySeq.get(known)?.dataset.id ?? 0);
    for (let pages = 0; after && pages < 20; pages += 1) {
      const query = new URLSearchParams({ after, limit: PAGE });
      const response = await fetch(`/api/rooms/${encodeURIComponent(this.#roomId)}/messages?${query}`).catch(() => null);
      if (!response?.ok) return;
      const { messages } = await response.json();
      for (const message of messages) this.#merge({ room_id: this.#roomId, ...message });
      const last = messages.at(-1);
      if (!last || last.seq >= first - 1 || messages.length < PAGE) return;
      after = last.id;
    }
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
    const item = this.#draw(message);
    this.#settle(message.client_id);
    if (known) known.replaceWith(item);
    else this.#insert(item, message.seq);
    this.#bySeq.set(message.seq, item);
    if (this.#follows) this.#toEnd();
  }

  #insert(item, seq) {
    const later = [...this.#list.children].find((other) => !other.dataset.seq || Number(other.dataset.seq) > seq);
    this.#list.insertBefore(item, later ?? null);
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
    const time = item.querySelector("time");
    time.dateTime = timestamp;
    showTime(time);
    item.remove();
    this.#insert(item, seq);
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
    this.#toEnd();
  }

  #draw(message) {
    const time = element("time", { datetime: message.timestamp, "data-as": "time" });
    showTime(time);
    const guest = message.verified ? null : element("span", { class: "badge" }, say("guest"));
    const body = message.deleted ? element("p", { class: "quiet" }, say("deleted")) : element("p", {}, message.content);
    const item = element("li", { class: "said" }, element("header", {}, element("b", {}, message.username), guest, time), body);
    item.classList.toggle("mine", this.#isMine(message.username, message.verified));
    Object.assign(item.dataset, { sender: message.username, verified: String(Boolean(message.verified)), content: message.content });
    if (message.seq) Object.assign(item.dataset, { id: message.id, seq: message.seq, change: message.change });
    this.#empty.hidden = true;
    return item;
  }

  #isMine(name, verified) {
    return name === this.#identity.name && Boolean(verified) !== this.#identity.isGuest;
  }

  /** Whatever changes its height: the list of people filling up, a keyboard sliding in, a window that grows. */
  #keepAtEnd() {
    this.#scroller.addEventListener("scroll", () => {
      const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
      // What a new size moved, nobody scrolled: the observer, which is told of it next, decides then.
      if (clientHeight === this.#height) this.#follows = scrollHeight - scrollTop - clientHeight < 80;
    });
    const observer = new ResizeObserver(() => {
      this.#height = this.#scroller.clientHeight;
      if (this.#follows) this.#toEnd();
    });
    observer.observe(this.#scroller);
    observer.observe(this.#list);
    this.#toEnd();
  }

  #toEnd() {
    this.#follows = true;
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }
}

/** Random enough to be unique among one person's messages; crypto.randomUUID exists on secure origins only. */
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
