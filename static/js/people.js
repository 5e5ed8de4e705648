// Who is in the room, what they are there, and how their players keep together.

import { avatar, vouch } from "./avatars.js";
import { icon } from "./icons.js";
import { call, roomPath } from "./room/api.js";
import { standingOf } from "./room/standing.js";
import { element, reveal, say, write } from "./words.js";

const RANKS = ["owner", "host", "member", "guest"];
const ASK_MS = 300; // People come in crowds,
const EACH_MS = 50; // and a crowd must not ask at once.
const LONGEST_MS = 10_000;
const LOOK_MS = 2000;
const DRAW_MS = 250; // At most so often: in a crowd somebody comes, goes or reports all the time.
const PAGE = 100; // as many are shown, too, until somebody wants more
const ALPHABET = new Intl.Collator();
const KINDS = { sync: "good", waiting: "bad", loading: "bad" };

/** Events: "picked" (detail: {name, verified, role}): somebody wants to do something about that person. */
export class People extends EventTarget {
  #room;
  #roomId;
  #identity;
  #list;
  #box;
  #count;
  #more;
  #lonely;
  #most = PAGE;
  #drawing = null;
  #since = new Map(); // name -> when they came, for those in the talk
  #players = new Set(); // names of those whose player is here
  #playersKnown = false;
  #facts = new Map(); // name -> {role, verified, isShared}; shared: a guest here is called like the account
  #reports = new Map(); // name -> {drift, state, at}
  #items = new Map();
  #asked = new Set(); // names that were there when we asked
  #asking = null;
  #mayManage = false;

  /** room: a RoomPlayer; the sockets: LiveSockets; list: in a <details>; more: the button below it; lonely: shown to who is alone. */
  constructor({ chatSocket, syncSocket, room, roomId, identity, list, count, more, lonely }) {
    super();
    this.#room = room;
    this.#roomId = roomId;
    this.#identity = identity;
    this.#list = list;
    this.#box = list.closest("details");
    this.#count = count;
    this.#more = more;
    this.#lonely = lonely;
    chatSocket.addEventListener("frame", ({ detail }) => this.#hearTalk(detail));
    chatSocket.addEventListener("down", () => this.#unknown());
    syncSocket.addEventListener("frame", ({ detail }) => this.#hearPlayers(detail));
    syncSocket.addEventListener("down", () => (this.#playersKnown = false));
    room.addEventListener("quality", () => this.#hearQuality());
    for (const name of ["roles", "waiting"]) room.addEventListener(name, () => this.#draw());
    this.#box.addEventListener("toggle", () => this.#draw());
    more.addEventListener("click", () => this.#showMore());
    list.addEventListener("click", ({ target }) => this.#picked(target));
    setInterval(() => this.#draw(), LOOK_MS);
  }

  /** Whether this person keeps order here: then each name can be pressed. */
  set mayManage(mayManage) {
    this.#mayManage = mayManage;
    this.#draw();
  }

  // What is told -------------------------------------------------------------------------------------------------------
  #hearTalk(frame) {
    if (frame.type === "snapshot") {
      this.#since = new Map(frame.members.users.map((name) => [name, this.#since.get(name) ?? performance.now()]));
      this.#asked.clear(); // Names are what they were, but maybe not their people.
      this.#number(frame.members.count);
    } else if (frame.type === "members") {
      for (const name of frame.joined) this.#since.set(name, performance.now());
      for (const name of frame.left) {
        this.#since.delete(name);
        this.#reports.delete(name);
        this.#forget(name);
      }
      this.#number(frame.count);
    } else if (frame.type === "role") this.#askSoon();
    else if (frame.type === "message" && frame.room_id === this.#roomId) this.#hearSpeaker(frame);
    else if (frame.type === "removed") this.#unknown();
  }

  /** A guest may come by the name of somebody who was here, and stay after them: no roster tells them apart. */
  #hearSpeaker({ username, verified }) {
    const facts = this.#facts.get(username);
    if (verified || !facts?.verified) return;
    facts.isShared = true;
    this.#draw();
  }

  /** Who comes by this name next may be somebody else. */
  #forget(name) {
    this.#facts.delete(name);
    this.#asked.delete(name);
  }

  #hearPlayers(frame) {
    if (frame.type === "snapshot") {
      this.#players = new Set(frame.members.users);
      this.#playersKnown = frame.members.count === this.#players.size;
    } else if (frame.type === "members") {
      for (const name of frame.joined) this.#players.add(name);
      for (const name of frame.left) this.#players.delete(name);
    } else return;
    this.#draw();
  }

  #hearQuality() {
    const at = performance.now();
    for (const { user, drift, state } of this.#room.quality) this.#reports.set(user, { drift, state, at });
    this.#draw();
  }

  /** Who cannot see the room does not know who is in it. */
  #unknown() {
    this.#since.clear();
    this.#count.textContent = say("unknown");
    reveal(this.#lonely, false);
    this.#draw();
  }

  #number(count) {
    this.#count.textContent = say("people", { count });
    reveal(this.#lonely, count === 1);
    if ([...this.#since.keys()].some((name) => !this.#asked.has(name))) this.#askSoon();
    this.#draw();
  }

  #askSoon() {
    this.#asking ??= setTimeout(() => this.#ask(), ASK_MS + Math.random() * Math.min(LONGEST_MS, this.#since.size * EACH_MS));
  }

  async #ask() {
    this.#asking = null;
    this.#asked = new Set(this.#since.keys());
    try {
      const members = await this.#members();
      const guests = new Set(members.filter(({ verified }) => !verified).map(({ username }) => username));
      const facts = members.toReversed().map(({ username: name, role, verified }) => [name, { role, verified, isShared: verified && guests.has(name) }]);
      this.#facts = new Map(facts.filter(([name]) => this.#asked.has(name))); // Who left meanwhile may be somebody else again.
    } catch (error) {
      console.info("could not ask who people are", error); // The next who comes is a reason to ask again.
    }
    this.#draw();
  }

  /** As many pages as it takes to know all who are shown: a party's first may hold only people who are away. */
  async #members() {
    const found = [];
    const here = new Set();
    for (let page = 1, total = 1; (page - 1) * PAGE < total && here.size < Math.min(this.#most, this.#asked.size); page += 1) {
      const asked = { page, page_size: PAGE, ...this.#identity.key };
      const answer = await call("GET", roomPath(this.#roomId, "/members"), { query: asked });
      total = answer.total;
      found.push(...answer.members);
      for (const { username } of answer.members) if (this.#asked.has(username)) here.add(username);
    }
    return found;
  }

  #showMore() {
    this.#most += PAGE;
    this.#draw();
    this.#ask();
  }

  // What is shown ------------------------------------------------------------------------------------------------------
  #draw() {
    this.#drawing ??= setTimeout(() => {
      this.#drawing = null;
      if (this.#box.open) this.#drawNow();
    }, DRAW_MS);
  }

  #drawNow() {
    const names = [...this.#since.keys()].sort((one, other) => this.#rank(one) - this.#rank(other) || ALPHABET.compare(one, other));
    const shown = new Set(names.slice(0, this.#most));
    reveal(this.#more, shown.size < names.length);
    write(this.#more, say("more_people", { count: names.length - shown.size }));
    for (const [name, item] of this.#items) {
      if (shown.has(name)) continue;
      item.remove();
      this.#items.delete(name);
    }
    for (const [place, name] of [...shown].entries()) {
      const item = this.#itemOf(name);
      if (this.#list.children[place] !== item) this.#list.insertBefore(item, this.#list.children[place] ?? null);
      this.#show(name, item);
    }
  }

  #rank(name) {
    const rank = RANKS.indexOf(this.#roleOf(name));
    return rank === -1 ? RANKS.length : rank;
  }

  /** In a film's public room whoever leads is its host. */
  #roleOf(name) {
    const stored = this.#facts.get(name)?.role ?? null;
    const leads = this.#room.roles?.host === name;
    return leads && stored !== "owner" ? "host" : stored;
  }

  #itemOf(name) {
    const known = this.#items.get(name);
    if (known) return known;
    const made = element("li", { "data-name": name }, avatar(name, "little"), element("bdi", { class: "one-line grow", title: name }, name));
    made.append(element("span", { class: "badge role", hidden: true }), element("span", { class: "badge standing", hidden: true }));
    const manage = element("button", { class: "button plain square little", type: "button", "aria-label": say("manage", { name }), hidden: true });
    manage.append(icon("more"));
    made.append(manage);
    this.#items.set(name, made);
    return made;
  }

  #show(name, item) {
    const [role, standing, button] = [item.querySelector(".role"), item.querySelector(".standing"), item.querySelector("button")];
    const what = this.#roleOf(name);
    const { verified, isShared } = this.#facts.get(name) ?? {};
    const isGuest = verified === false;
    vouch(item.querySelector(".avatar"), name, verified === true && !isShared);
    const word = what === "owner" || what === "host" ? what : isGuest ? "guest" : null;
    mark(role, word && say(word), `badge role${what === "owner" || what === "host" ? " host" : ""}`);
    const how = this.#standingOf(name);
    mark(standing, how && say(`is_${how}`), `badge standing ${KINDS[how] ?? ""}`.trim());
    const drift = this.#reports.get(name)?.drift;
    standing.title = how !== "phone" && typeof drift === "number" ? say("off_by", { seconds: drift.toFixed(2) }) : "";
    reveal(button, this.#mayManage && name !== this.#identity.name && what !== "owner" && this.#facts.has(name));
  }

  #standingOf(name) {
    return standingOf({
      report: this.#reports.get(name),
      plays: this.#playersKnown ? this.#players.has(name) : null,
      since: this.#since.get(name),
      isWaitedFor: this.#room.waitingFor.includes(name),
      isOver: this.#room.room === "ended",
      now: performance.now(),
    });
  }

  #picked(target) {
    const name = target.closest("button")?.closest("[data-name]")?.dataset.name;
    if (name) this.dispatchEvent(new CustomEvent("picked", { detail: { name, ...this.#facts.get(name) } }));
  }
}

/** A badge with its words. None: not shown. */
function mark(badge, words, kind) {
  write(badge, words ?? "");
  if (badge.className !== kind) badge.className = kind;
  reveal(badge, Boolean(words));
}
