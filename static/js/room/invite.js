// Bringing others: the link, the same as a picture for a phone's camera, or a message to people and groups.

import { toast } from "../components.js";
import { icon } from "../icons.js";
import { element, say } from "../words.js";
import { Refused, call, roomPath } from "./api.js";

const SVG = "http://www.w3.org/2000/svg";
const QUIET = 4; // modules of white that a camera wants around the code

export class Invite {
  #config;
  #identity;
  #dialog;
  #link = null;
  #isFilled = false;

  /** `dialog` holds [name=link], [data-shares], .qr, .groups and form.ask; `copy` are buttons that copy the link, `open` opens the dialog. */
  constructor({ config, identity, dialog, copy, open }) {
    this.#config = config;
    this.#identity = identity;
    this.#dialog = dialog;
    for (const button of copy) button.addEventListener("click", () => this.#copy());
    open.addEventListener("click", () => this.#open());
    this.#offerSharing(dialog.querySelector("[data-shares]"));
    dialog.querySelector(".groups")?.addEventListener("click", ({ target }) => this.#toGroup(target.closest("button")));
    dialog.querySelector("form.ask")?.addEventListener("submit", (event) => this.#toPeople(event));
  }

  /** A public room's address is its link; a party's has a key, which the server tells who may enter. */
  async #address() {
    if (this.#config.room_kind !== "party") return `${this.#config.public_url}/watch/${encodeURIComponent(this.#config.room_id)}`;
    const { room } = await call("GET", roomPath(this.#config.room_id), { query: this.#identity.key });
    if (!room.invite_link) throw new Refused(say("not_here"));
    return room.invite_link;
  }

  async #copy() {
    try {
      this.#link ??= await this.#address();
      await copied(this.#link, this.#dialog);
      toast(say("link_copied"), { kind: "good" });
    } catch (error) {
      this.#tellWhy(error, "not_copied");
    }
  }

  /** What the server refuses it explains; with what the browser refuses, people take the link themselves. */
  #tellWhy(error, phrase) {
    toast(error instanceof Refused ? error.message : say(phrase, { link: this.#link ?? "" }), { kind: "bad" });
  }

  /** A phone has a sheet of its own for this, with the apps and people of who holds it. */
  #offerSharing(button) {
    button.hidden = !navigator.share;
    button.addEventListener("click", async () => {
      try {
        this.#link ??= await this.#address();
        await navigator.share({ title: document.title, url: this.#link });
      } catch (error) {
        if (error.name !== "AbortError") this.#tellWhy(error, "not_shared"); // Else they thought better of it.
      }
    });
  }

  async #open() {
    this.#dialog.showModal();
    try {
      this.#link = await this.#address();
      this.#dialog.querySelector("[name=link]").value = this.#link;
      if (!this.#isFilled) await Promise.all([this.#drawCode(), this.#showGroups()]);
      this.#isFilled = true;
    } catch (error) {
      toast(error instanceof Refused ? error.message : say("not_reached"), { kind: "bad" });
    }
  }

  /** The library comes only now: few who are in a room ever open this. */
  async #drawCode() {
    const place = this.#dialog.querySelector(".qr");
    if (!place?.dataset.library) return;
    const { default: qrcode } = await import(place.dataset.library);
    const code = qrcode(0, "M");
    code.addData(this.#link);
    code.make();
    place.replaceChildren(drawing(code, say("qr_label")));
  }

  async #showGroups() {
    const place = this.#dialog.querySelector(".groups");
    if (!place) return;
    const groups = await call("GET", "/groups");
    place.hidden = groups.length === 0;
    place.querySelector("ul").replaceChildren(
      ...groups.map(({ id, name }) =>
        element("li", {}, element("button", { class: "button little", type: "button", "data-group": id }, element("bdi", { class: "one-line" }, name))),
      ),
    );
  }

  async #toGroup(button) {
    if (!button || button.getAttribute("aria-busy") === "true" || button.disabled) return;
    await this.#sending(button, { group_id: Number(button.dataset.group) }, () => {
      button.prepend(icon("check"));
      button.disabled = true; // Once is enough.
      toast(say("invited", { names: button.textContent }), { kind: "good" });
    });
  }

  async #toPeople(event) {
    event.preventDefault();
    const field = event.target.elements.usernames;
    const usernames = field.value.split(/[\s,，、;；]+/u).filter(Boolean);
    if (usernames.length === 0) return;
    await this.#sending(event.submitter, { usernames }, ({ invited, refused }) => {
      field.value = refused.map(({ username }) => username).join(" ");
      if (invited.length) toast(say("invited", { names: invited }), { kind: "good" });
      for (const { username, detail } of refused) toast(say("not_invited", { name: username, reason: detail }), { kind: "bad" });
    });
  }

  async #sending(button, body, done) {
    button.setAttribute("aria-busy", "true");
    try {
      done(await call("POST", roomPath(this.#config.room_id, "/invitations"), { body }));
    } catch (error) {
      toast(error.message, { kind: "bad" });
    } finally {
      button.removeAttribute("aria-busy");
    }
  }
}

/** Dark on white in every theme: cameras want it so. */
function drawing(code, label) {
  const size = code.getModuleCount();
  const side = size + 2 * QUIET;
  const drawn = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  const cells = [];
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1) if (code.isDark(row, column)) cells.push(`M${column + QUIET} ${row + QUIET}h1v1h-1z`);
  }
  path.setAttribute("d", cells.join(""));
  drawn.setAttribute("viewBox", `0 0 ${side} ${side}`);
  drawn.setAttribute("shape-rendering", "crispEdges");
  drawn.setAttribute("role", "img");
  drawn.setAttribute("aria-label", label);
  drawn.append(path);
  return drawn;
}

/** Browsers lend the clipboard to secure pages; elsewhere a selection is copied as in old times. Throws when neither works. */
async function copied(words, dialog) {
  if (navigator.clipboard) return navigator.clipboard.writeText(words);
  const inside = dialog.open ? dialog : document.body;
  const field = element("textarea", { class: "out-of-sight", readonly: true }, words);
  inside.append(field);
  field.select();
  const isDone = document.execCommand("copy");
  field.remove();
  if (!isDone) throw new Error("not copied");
}
