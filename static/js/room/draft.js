// What somebody is writing, kept in this tab: a reload, or a login that ends, takes none of it.

/** `username` is null for a guest. Shown is what this very person wrote, or a guest who logged in afterwards. */
export class Draft {
  #field;
  #key;
  #username;

  constructor({ field, roomId, username }) {
    this.#field = field;
    this.#key = `matinee.draft.${roomId}`;
    this.#username = username;
    field.value ||= this.#kept();
    field.addEventListener("input", () => this.keep());
  }

  get isEmpty() {
    return !this.#field.value.trim();
  }

  /** Put what was on its way back before what is there. */
  takeBack(texts) {
    this.#field.value = [...texts, this.#field.value].filter(Boolean).join("\n");
    this.keep();
  }

  clear() {
    this.#field.value = "";
    this.keep();
  }

  keep() {
    try {
      if (this.isEmpty) sessionStorage.removeItem(this.#key);
      else sessionStorage.setItem(this.#key, JSON.stringify({ by: this.#username, text: this.#field.value }));
    } catch {
      // Storage is switched off or full: it lasts as long as the page.
    }
  }

  #kept() {
    try {
      const { by, text } = JSON.parse(sessionStorage.getItem(this.#key)) ?? {};
      return typeof text === "string" && (by === null || by === this.#username) ? text : "";
    } catch {
      return "";
    }
  }
}
