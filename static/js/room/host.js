// Keeping order in a room: its settings, and what may be done about one person. The server decides who may.

import { toast } from "../components.js";
import { element, say } from "../words.js";
import { call, roomPath } from "./api.js";

const RULES = ["control", "wait", "slow_seconds"];

export class HostTools {
  #config;
  #role;
  #settings;
  #person;
  #picked = null;
  #open;
  #people;
  #removing;
  #rules = null; // as last told; null until the room has been seen
  #filled = {}; // what the form showed before anybody chose anything
  #closing; // the button that closes the room, with its words
  #closingWords;

  /** people: a People, removing: a Removing; settings, person: the dialogs; open: the button of the first. */
  constructor({ config, socket, people, removing, open, settings, person }) {
    this.#config = config;
    this.#role = config.role;
    this.#settings = settings;
    this.#person = person;
    this.#open = open;
    this.#people = people;
    this.#removing = removing;
    socket.addEventListener("frame", ({ detail }) => this.#receive(detail));
    socket.addEventListener("down", ({ detail }) => detail.final && this.#become("guest"));
    people.addEventListener("picked", ({ detail }) => this.#pick(detail));
    open.addEventListener("click", () => this.#showSettings());
    settings.querySelector("form.rules").addEventListener("submit", (event) => this.#save(event));
    settings.querySelector(".sanctions").addEventListener("click", ({ target }) => this.#lift(target.closest("[data-sanction]")));
    settings.addEventListener("close", () => this.#unsure());
    this.#closing = settings.querySelector("[data-close-room]");
    this.#closingWords = this.#closing?.textContent;
    this.#closing?.addEventListener("click", () => this.#close());
    person.addEventListener("click", ({ target }) => this.#act(target.closest("[data-act]")));
    this.#show();
  }

  get #isHost() {
    return this.#role === "owner" || this.#role === "host";
  }

  #receive(frame) {
    if (frame.type === "snapshot" || frame.type === "room") this.#hear(frame.room);
    else if (frame.type === "role" && frame.user === this.#config.username) this.#become(frame.role);
    else if (frame.type === "removed") this.#become("guest");
  }

  #hear(rules) {
    this.#rules = rules;
    this.#open.hidden = !this.#isHost;
  }

  #become(role) {
    this.#role = role;
    this.#show();
  }

  #show() {
    this.#open.hidden = !this.#isHost || this.#rules === null;
    this.#people.mayManage = this.#removing.keepsOrder = this.#isHost;
    const isOwner = this.#role === "owner";
    for (const part of document.querySelectorAll("[data-for-owner]")) part.hidden = !isOwner;
    if (!this.#isHost) for (const dialog of [this.#settings, this.#person]) dialog.close();
  }

  // The room -----------------------------------------------------------------------------------------------------------
  /** Only as it opens: what somebody is choosing is not taken from under their hands. */
  #fill() {
    const { elements } = this.#settings.querySelector("form.rules");
    for (const name of RULES) show(elements[name], (this.#filled[name] = String(this.#rules[name])));
  }

  async #showSettings() {
    this.#fill();
    this.#settings.showModal();
    await this.#listSanctions();
  }

  /** Only what was chosen here: the rest may be another's, of a moment ago. */
  async #save(event) {
    event.preventDefault();
    const { elements } = event.target;
    const chosen = RULES.filter((name) => elements[name].value !== this.#filled[name]);
    const body = Object.fromEntries(chosen.map((name) => [name, name === "slow_seconds" ? Number(elements[name].value) : elements[name].value]));
    const isDone = await trying(event.submitter, async () => {
      this.#rules = (await call("PATCH", roomPath(this.#config.room_id), { body })).room;
    });
    if (!isDone) return;
    this.#fill();
    toast(say("saved"), { kind: "good" });
  }

  async #close() {
    if (this.#closing.dataset.sure !== undefined) return trying(this.#closing, () => call("DELETE", roomPath(this.#config.room_id)));
    this.#closing.dataset.sure = "";
    this.#closing.textContent = say("close_sure");
  }

  #unsure() {
    if (!this.#closing) return;
    delete this.#closing.dataset.sure;
    this.#closing.textContent = this.#closingWords;
  }

  async #listSanctions() {
    const list = this.#settings.querySelector(".sanctions");
    try {
      const { sanctions } = await call("GET", roomPath(this.#config.room_id, "/sanctions"));
      list.hidden = sanctions.length === 0;
      list.querySelector("ul").replaceChildren(...sanctions.map(sanctionLine));
    } catch (error) {
      toast(error.message, { kind: "bad" });
    }
  }

  async #lift(button) {
    if (!button) return;
    const path = roomPath(this.#config.room_id, `/sanctions/${button.dataset.sanction}`);
    if (await trying(button, () => call("DELETE", path))) await this.#listSanctions();
  }

  // One person ---------------------------------------------------------------------------------------------------------
  #pick(person) {
    this.#picked = person;
    this.#person.querySelector("h2").textContent = person.name;
    const belongs = person.role === "host" || person.role === "member";
    for (const part of this.#person.querySelectorAll("[data-for-owner]")) part.hidden = this.#role !== "owner" || !person.verified || !belongs;
    for (const button of this.#person.querySelectorAll("[data-role]")) if (button.dataset.role === person.role) button.hidden = true;
    this.#person.showModal();
  }

  async #act(button) {
    if (!button) return;
    const { act, kind, seconds, role } = button.dataset;
    const { name, verified } = this.#picked;
    const who = verified ? { username: name } : { guest_name: name };
    const ask =
      act === "sanction"
        ? () => call("POST", roomPath(this.#config.room_id, "/sanctions"), { body: { kind, ...who, ...(seconds && { seconds: Number(seconds) }) } })
        : () => call("PUT", roomPath(this.#config.room_id, `/members/${encodeURIComponent(name)}`), { body: { role } });
    if (!(await trying(button, ask))) return;
    this.#person.close();
    toast(say("done_to", { what: kind ? say(kind) : button.textContent.trim(), name }), { kind: "good" });
  }
}

/** Somebody may have set by API what the page does not offer. */
function show(select, value) {
  if (![...select.options].some((option) => option.value === value)) select.append(element("option", { value }, say("every", { seconds: value })));
  select.value = value;
}

function sanctionLine({ id, kind, username, guest_name: guest }) {
  const lift = element("button", { class: "button little", type: "button", "data-sanction": id }, say("lift"));
  return element("li", { class: "row between" }, element("bdi", { class: "one-line grow" }, username || guest), element("span", { class: "badge" }, say(kind)), lift);
}

/** Whether it worked; if not, the person has been told why. */
async function trying(button, ask) {
  button?.setAttribute("aria-busy", "true");
  try {
    await ask();
    return true;
  } catch (error) {
    toast(error.message, { kind: "bad" });
    return false;
  } finally {
    button?.removeAttribute("aria-busy");
  }
}
