// A client for Matinee's sockets that comes back by itself and loses, doubles and reorders nothing. One file: copy it.
//
//   const client = new Client("/ws/chat", { token });
//   client.addEventListener("frame", ({ detail }) => console.log(detail));
//   const room = await client.join("movie-7");
//   const ack = await client.send({ room_id: "movie-7", content: "Good evening" });
//
// docs/clients.md says what it promises, docs/protocol.md what the frames mean.

const FIRST_MS = 500; // Before coming back: doubled each time up to the longest, and spread by half.
const LONGEST_MS = 15000;
const PING_MS = 15000;
const ANSWER_MS = 10000;
const RENEW_MS = 60000; // Renew a token so long before its end, or after four fifths of its life.

/** Close codes of 4500 and above are final: nothing changes by trying again. */
export function isFinal(code) {
  return code >= 4500 && code < 5000;
}

/** Milliseconds to wait before try number `tries` (from 0): growing, and spread so that a crowd does not return at once. */
export function backOff(tries, random = Math.random) {
  const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** tries);
  return longest / 2 + (longest / 2) * random();
}

/** The server's answer to one frame: `code` (an HTTP status), `error` (stable), `message`, `errors`, `retry_after` (s), `frame`. */
export class Refused extends Error {
  constructor(frame) {
    super(frame.detail);
    Object.assign(this, { name: "Refused", frame, code: frame.code, error: frame.error, errors: frame.errors, retry_after: frame.retry_after });
  }
}

/** For good: `code` is 1000 after `close()`, else a final close code. `frame` is the error that said why, or null. */
export class Ended extends Error {
  constructor(code, frame = null) {
    super(`${code} ${frame?.detail ?? ""}`.trim());
    Object.assign(this, { name: "Ended", code, frame });
  }
}

/** The line broke during a guest's send. Guests have no name to know a repetition by, so it was not repeated. */
export class Unsure extends Error {
  name = "Unsure";
}

/** When a JWT ends, in milliseconds since 1970; never if it does not say. */
function endOf(token) {
  try {
    const payload = atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/"));
    return JSON.parse(payload).exp * 1000 || Infinity;
  } catch {
    return Infinity;
  }
}

/**
 * A line that is open whenever it can be. Events: "open", "frame" (detail: the frame), "down" (detail: {final, code}).
 * `renew`, an async function, brings a fresh token: without `token`, and before one ends. No token: cookie or guest.
 */
export class Line extends EventTarget {
  #socket = null;
  #tries = 0;
  #timer = null;
  #connecting = false;
  #heardAt = 0;
  #askedAt = 0;
  #notBefore = 0;
  #steadySince = Infinity;
  #over = false;
  #token = null;
  #renew;
  #renewAt = 0;
  #renewing = false;
  #samples = [];
  #watch = setInterval(() => this.#look(), 1000);
  #listening = new AbortController();

  constructor(path, { token = null, renew = null } = {}) {
    super();
    this.address = new URL(path, location.href).href.replace(/^http/, "ws");
    this.#renew = renew;
    if (token) this.#useToken(token);
    const { signal } = this.#listening;
    window.addEventListener("offline", () => this.#socket && this.restart(), { signal });
    window.addEventListener("online", () => this.#backOnline(), { signal });
    window.addEventListener("pagehide", () => this.#rest(), { signal });
    window.addEventListener("pageshow", ({ persisted }) => persisted && this.connect(), { signal });
    document.addEventListener("visibilitychange", () => document.hidden || this.hurry(), { signal });
  }

  get isOpen() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** The server's clock in ms since 1970, by the quickest of the last pings; our own before the first answer. */
  serverNow() {
    if (this.#samples.length === 0) return Date.now();
    return performance.now() + this.#samples.reduce((best, sample) => (sample.trip < best.trip ? sample : best)).offset;
  }

  /** Send what is stale a moment later (typing, read, subscribe, a position); false, and not sent, while disconnected. */
  say(frame) {
    if (this.isOpen) this.#socket.send(typeof frame === "string" ? frame : JSON.stringify(frame));
    return this.isOpen;
  }

  /** Its `t0` comes back in the pong. While one waits for its answer, another does not put off giving up. */
  ping() {
    const now = performance.now();
    if (this.#heardAt >= this.#askedAt) this.#askedAt = now;
    this.say({ type: "ping", t0: now });
    return now;
  }

  async connect() {
    if (this.#over || this.#socket || this.#connecting) return;
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#connecting = true;
    try {
      if (this.#renew && (this.#token === null || this.serverNow() >= this.#renewAt)) this.#useToken(await this.#renew());
    } catch (error) {
      console.warn("could not get a token; trying again", error);
      this.#comeBack();
      return;
    } finally {
      this.#connecting = false;
    }
    if (!this.#over) this.#open();
  }

  /** For good; "down" tells the code. */
  close(code = 1000) {
    this.#over = true;
    clearInterval(this.#watch);
    this.#listening.abort();
    this.#rest(code);
  }

  /** Give this connection up and come back. */
  restart() {
    this.#drop(1006);
    this.#comeBack();
  }

  /** Come back now if that is put off: there is a sign that the server can be reached. */
  hurry() {
    if (this.#timer !== null && performance.now() >= this.#notBefore) this.connect();
  }

  // Hooks ---------------------------------------------------------------------------------------------------------------
  opened() {
    this.dispatchEvent(new Event("open"));
  }

  received(frame) {
    this.dispatchEvent(new CustomEvent("frame", { detail: frame }));
  }

  lost(code) {
    this.dispatchEvent(new CustomEvent("down", { detail: { final: isFinal(code), code } }));
  }

  // Inside --------------------------------------------------------------------------------------------------------------
  #open() {
    const socket = new WebSocket(this.address, ["matinee.v2", ...(this.#token ? ["bearer", this.#token] : [])]);
    this.#socket = socket;
    this.#askedAt = performance.now();
    socket.addEventListener("open", () => {
      if (socket !== this.#socket) return;
      this.#steadySince = performance.now() + LONGEST_MS;
      this.#askedAt = performance.now();
      this.#notBefore = 0;
      this.opened();
      this.ping();
    });
    socket.addEventListener("message", ({ data }) => socket === this.#socket && this.#receive(JSON.parse(data)));
    socket.addEventListener("close", ({ code }) => {
      if (socket !== this.#socket) return;
      if (isFinal(code)) this.#over = true;
      this.#drop(code);
      this.#comeBack();
    });
  }

  #receive(frame) {
    this.#heardAt = performance.now();
    if (frame.type === "pong") this.#pong(frame);
    // What answers a frame of ours says when to send that again, and nothing about this connection.
    if (frame.type === "error" && frame.retry_after && !frame.ref) this.#notBefore = this.#heardAt + frame.retry_after * 1000;
    this.received(frame);
  }

  #pong({ t0, t1, t2 }) {
    const sample = { trip: this.#heardAt - t0 - (t2 - t1), offset: (t1 - t0 + t2 - this.#heardAt) / 2 };
    this.#samples = [...this.#samples, sample].slice(-8);
  }

  /** This connection no longer counts, whatever still comes from it. */
  #drop(code) {
    const socket = this.#socket;
    if (!socket) return;
    this.#socket = null;
    // Closing what is not open yet is an error to a browser's console: let it open first.
    if (socket.readyState === WebSocket.CONNECTING) socket.addEventListener("open", () => socket.close());
    else socket.close();
    if (performance.now() > this.#steadySince) this.#tries = 0;
    this.#steadySince = Infinity;
    this.lost(code);
  }

  #comeBack() {
    if (this.#over) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.connect(), Math.max(backOff(this.#tries++), this.#notBefore - performance.now()));
  }

  /** A try begun without a network may hang for long. */
  #backOnline() {
    if (this.#socket && !this.isOpen) this.restart();
    this.hurry();
  }

  #rest(code = 1001) {
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#drop(code);
  }

  /** A connection can die without a word (a tunnel, a sleeping laptop): ask, and give it up when nothing answers. */
  #look() {
    if (!this.#socket) return;
    const waited = performance.now() - this.#askedAt;
    if (this.#heardAt < this.#askedAt && waited > ANSWER_MS) this.restart();
    else if (this.isOpen && waited > PING_MS) this.ping();
    if (this.isOpen && this.#renew && !this.#renewing && this.serverNow() >= this.#renewAt) this.#keepSignedIn();
  }

  async #keepSignedIn() {
    this.#renewing = true;
    try {
      this.#useToken(await this.#renew());
      this.say({ type: "auth", token: this.#token });
    } catch (error) {
      console.warn("could not renew the token; trying again", error);
    } finally {
      this.#renewing = false;
    }
  }

  #useToken(token) {
    const end = endOf(token);
    this.#token = token;
    this.#renewAt = end === Infinity ? end : end - Math.min(RENEW_MS, Math.max(0, end - this.serverNow()) / 5);
  }
}

/**
 * Messages over a line. "frame" tells everything but acks and pongs: each `message` and `change` once and in its
 * conversation's order, but not what was sent through this client. `onResync(frame)`: more was missed than is replayed, so
 * read the lists again over REST; it may return (or promise) the `last_change` of conversations, {id: change}. `cursors`,
 * kept from an earlier client, resume where that one ended.
 */
export class Client extends Line {
  user = null;
  limits = {};
  #isChat;
  #onResync;
  #requests = new Map(); // What goes out again on each new connection: a send until it is answered, a join until `leave`.
  #own = new Map(); // By conversation: changes beyond the cursor that are sends of ours.
  #held = []; // While catching up: told afterwards, in order. Null once caught up.
  #caughtUp = null;
  #lastPing = null;
  #missedTooMuch = false;
  #connection = 0; // Counts them, so that what waits for an answer knows its own is gone.
  #ready = false;
  #end = null;

  constructor(path = "/ws/chat", { cursors = {}, onResync = () => null, ...options } = {}) {
    super(path, options);
    this.cursors = { ...cursors };
    this.#isChat = path.endsWith("/ws/chat");
    this.#onResync = onResync;
    this.connect();
  }

  // What one does with it -------------------------------------------------------------------------------------------------
  /**
   * Send a message (`recipient`, `group_id` or `room_id`; `content`, ...): its `ack` once it is stored, exactly once. Waits
   * through lost connections. Rejects with Refused, Ended or Unsure.
   */
  send({ client_id: clientId = newId(), ...frame }) {
    return this.#ask(clientId, { type: "message", ...frame, client_id: clientId });
  }

  /** Enter a room, also again after each reconnect: its `snapshot`. Guests give a `username`. */
  join(roomId, username = null, { password = null, invite = null } = {}) {
    const ref = refOf(roomId);
    return this.#ask(ref, { type: "join", room_id: roomId, username, password, invite, client_id: ref }, roomId);
  }

  leave(roomId) {
    if (this.#requests.delete(refOf(roomId))) this.say({ type: "leave", room_id: roomId });
  }

  close() {
    super.close();
    this.#finish(1000);
  }

  // A connection after the other --------------------------------------------------------------------------------------------
  opened() {
    this.#held = [];
    super.opened();
  }

  lost(code) {
    this.#connection += 1;
    this.#ready = false;
    if (isFinal(code)) this.#finish(code);
    else this.#break(code);
    super.lost(code);
  }

  /** After hello: into the rooms, hear what was missed, and only then send what waits. */
  async #greet({ user, limits }) {
    const connection = this.#connection;
    Object.assign(this, { user, limits });
    for (const request of this.#requests.values()) if (request.roomId !== undefined) this.#transmit(request);
    await this.#catchUp(connection);
    if (connection !== this.#connection) return;
    this.#ready = true;
    for (const request of [...this.#requests.values()]) if (request.sentOn !== connection) this.#transmit(request);
  }

  async #catchUp(connection) {
    let answer;
    for (let attempt = 0; attempt < 2; attempt += 1) {
      answer = await this.#missed();
      if (connection !== this.#connection) return;
      if (answer.type === "error" && answer.code >= 500) return void this.restart();
      if (["synced", "pong"].includes(answer.type) && !this.#missedTooMuch) break;
      this.#missedTooMuch = false;
      const fresh = await this.#resync(answer);
      if (connection !== this.#connection) return;
      if (!fresh) break;
      this.#move(fresh);
    }
    const held = this.#held;
    this.#held = null;
    for (const frame of held.sort((one, other) => one.change - other.change)) this.#take(frame);
    this.#move(answer.conversations ?? {});
  }

  /** Ask for it, and wait for all of it. Guests get it with the rooms' snapshots: the pong comes after those. */
  #missed() {
    return new Promise((resolve) => {
      this.#caughtUp = resolve;
      if (this.#isChat && this.user !== null) this.say({ type: "resume", since: this.cursors, client_id: "resume" });
      else this.#lastPing = this.ping();
    });
  }

  async #resync(frame) {
    try {
      return await this.#onResync(frame);
    } catch (error) {
      console.error("onResync failed", error);
      return null;
    }
  }

  #transmit(request) {
    request.sentOn = this.#connection;
    const limit = this.limits.frame_bytes;
    if (limit && new TextEncoder().encode(request.text).length > limit) this.#tooLarge(request, `More than ${limit} bytes.`);
    else this.say(request.text);
  }

  // Frames ----------------------------------------------------------------------------------------------------------------
  received(frame) {
    const { type } = frame;
    if (type === "message" || type === "change") this.#held ? this.#held.push(frame) : this.#take(frame);
    else if (type === "ack") this.#acknowledged(frame);
    else if (type === "pong") frame.t0 === this.#lastPing && this.#answerCatchingUp(frame);
    else if (type === "synced" || type === "resync") this.#answerCatchingUp(frame);
    else if (type === "error") this.#refused(frame);
    else {
      if (type === "hello") this.#greet(frame);
      else if (type === "snapshot") this.#entered(frame);
      else if (type === "removed") this.#requests.delete(refOf(frame.room_id));
      super.received(frame);
    }
  }

  /** Tell it, unless it is known. Everything of a conversation comes by ascending change, but for our own sends' acks. */
  #take(frame) {
    const message = frame.message ?? frame;
    const { conversation_id: conversation, change, client_id: clientId } = message;
    if (change <= (this.cursors[conversation] ?? -1)) return;
    const isOwn = this.#own.get(conversation)?.has(change);
    this.#move({ [conversation]: change });
    if (frame.type === "message" && this.#requests.has(clientId)) {
      // Stored on a connection that broke before the ack, or come back in its room before it.
      const { id, seq, timestamp } = message;
      this.#settle(clientId, { type: "ack", client_id: clientId, id, seq, change, conversation_id: conversation, timestamp, duplicate: false });
    } else if (!isOwn) super.received(frame);
  }

  /** What was said before it may still be on its way, so the cursor moves only if nothing lies between. */
  #acknowledged(frame) {
    const { conversation_id: conversation, change } = frame;
    const known = this.cursors[conversation] ?? 0;
    if (!frame.duplicate && change > known) {
      if (!this.#own.has(conversation)) this.#own.set(conversation, new Set());
      this.#own.get(conversation).add(change);
      if (change === known + 1) this.#move({ [conversation]: change });
    }
    this.#settle(frame.client_id, frame);
  }

  /** Forward only, and over our own sends that follow. */
  #move(cursors) {
    for (const [conversation, to] of Object.entries(cursors)) {
      const own = this.#own.get(Number(conversation)) ?? new Set();
      let change = Math.max(to, this.cursors[conversation] ?? 0);
      while (own.has(change + 1)) change += 1;
      this.cursors[conversation] = change;
      for (const earlier of [...own]) if (earlier <= change) own.delete(earlier);
      if (own.size === 0) this.#own.delete(Number(conversation));
    }
  }

  #entered({ room_id: roomId, room, messages, ...rest }) {
    this.#requests.get(refOf(roomId))?.resolve({ room_id: roomId, room, messages, ...rest });
    if (!this.#isChat) return;
    const known = this.cursors[room.conversation_id];
    if (known === undefined) this.#move({ [room.conversation_id]: Math.max(0, ...messages.map(({ change }) => change)) });
    else if (this.user === null && this.#held) {
      const missed = messages.filter(({ change }) => change > known);
      if (missed.length === messages.length && missed.length >= 50) this.#missedTooMuch = true;
      this.#held.push(...missed);
    }
  }

  #refused(frame) {
    this.lastError = frame;
    const request = this.#requests.get(frame.ref);
    if (request) {
      this.#requests.delete(frame.ref);
      if (request.reject(new Refused(frame))) return;
    } else if (frame.ref === "resume" && this.#answerCatchingUp(frame)) return;
    super.received(frame);
  }

  #answerCatchingUp(frame) {
    const answer = this.#caughtUp;
    this.#caughtUp = null;
    answer?.(frame);
    return Boolean(answer);
  }

  // Requests --------------------------------------------------------------------------------------------------------------
  #ask(ref, frame, roomId) {
    if (this.#end) return Promise.reject(this.#end);
    if (!this.#requests.has(ref)) {
      const request = makeRequest(JSON.stringify(frame), roomId);
      this.#requests.set(ref, request);
      if (this.#ready) this.#transmit(request);
      return request.promise;
    }
    return this.#requests.get(ref).promise;
  }

  #settle(clientId, ack) {
    this.#requests.get(clientId)?.resolve(ack);
    this.#requests.delete(clientId);
  }

  /** What cannot be repeated fails now. */
  #break(code) {
    const sends = () => [...this.#requests.values()].filter(({ roomId, sentOn }) => roomId === undefined && sentOn !== null);
    if ([1009, 4009].includes(code) && sends().length > 0) {
      const largest = sends().reduce((one, other) => (other.text.length > one.text.length ? other : one));
      this.#tooLarge(largest, "The server closed over it.");
    }
    if (this.user === null) for (const request of sends()) this.#fail(request, new Unsure());
  }

  #tooLarge(request, detail) {
    this.#fail(request, new Refused({ type: "error", code: 413, error: "too_large", detail }));
  }

  #fail(request, error) {
    for (const [ref, other] of this.#requests) if (other === request) this.#requests.delete(ref);
    request.reject(error);
  }

  #finish(code) {
    this.#end ??= new Ended(code, isFinal(code) ? this.lastError : null);
    for (const request of [...this.#requests.values()]) this.#fail(request, this.#end);
  }
}

/** `resolve` and `reject` count once; `reject` says whether it did. */
function makeRequest(text, roomId) {
  const request = { text, roomId, sentOn: null };
  let waits = true;
  request.promise = new Promise((resolve, reject) => {
    request.resolve = (answer) => ((waits = false), resolve(answer));
    request.reject = (error) => waits && ((waits = false), reject(error), true);
  });
  request.promise.catch(() => {}); // Nobody may be waiting any more.
  return request;
}

function refOf(roomId) {
  return `join ${roomId}`.slice(0, 64);
}

/** Random enough to be unique among one person's messages; crypto.randomUUID exists on secure origins only. */
function newId() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
