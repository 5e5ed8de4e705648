// Keeping order in a room: its settings, and what may be done about one person. The server decides who may.

import { toast } from "../components.js";
import { element, say } from "../words.js";
import { call, roomPath } from "./api.js";

export class HostTools {
  #config;
  #role;
  #settings;
  #person;
  #picked = null;
  #open;
  #people;
  #removing;

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
    settings.querySelector("[data-close-room]")?.addEventListener("click", ({ target }) => this.#close(target));
    person.addEventListener("click", ({ target }) => this.#act(target.closest("[data-act]")));
    this.#show();
  }

  get #isHost() {
    return this.#role === "owner" || this.#role === "host";
  }

  #receive(frame) {
    if (frame.type === "snapshot" || frame.type === "room") this.#fill(frame.room);
    else if (frame.type === "role" && frame.user === this.#config.username) this.#become(frame.role);
    else if (frame.type === "removed") this.#become("guest");
  }

  #become(role) {
    this.#role = role;
    this.#show();
  }

  #show() {
    this.#open.hidden = !this.#isHost;
    this.#people.mayManage = this.#removing.keepsOrder = this.#isHost;
    const isOwner = this.#role === "owner";
    for (const part of document.querySelectorAll("[data-for-owner]")) part.hidden = !isOwner;
    if (!this.#isHost) for (const dialog of [this.#settings, this.#person]) dialog.close();
  }

  // The room -----------------------------------------------------------------------------------------------------------
  /** What somebody is choosing at this moment is not taken from under their hands. */
  #fill({ control, wait, slow_seconds: slow }) {
    if (this.#settings.open) return;
    const { elements } = this.#settings.querySelector("form.rules");
    elements.control.value = control;
    elements.wait.value = wait;
    elements.slow_seconds.value = String(slow);
  }

  async #showSettings() {
    this.#settings.showModal();
    await this.#listSanctions();
  }

  async #save(event) {
    event.preventDefault();
    const { control, wait, slow_seconds: slow } = event.target.elements;
    const body = { control: control.value, wait: wait.value, slow_seconds: Number(slow.value) };
    const isDone = await trying(event.submitter, () => call("PATCH", roomPath(this.#config.room_id), { body }));
    if (isDone) toast(say("saved"), { kind: "good" });
  }

  async #close(button) {
    if (button.dataset.sure === undefined) {
      button.dataset.sure = "";
      button.textContent = say("close_sure");
      return;
    }
    await trying(button, () => call("DELETE", roomPath(this.#config.room_id)));
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
    toast(say("done_to", { what: button.textContent.trim(), name }), { kind: "good" });
  }
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
