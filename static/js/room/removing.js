// Taking out of the talk what was said: one's own, and anybody's for who keeps order. Nobody else is offered it.

import { toast } from "../components.js";
import { icon } from "../icons.js";
import { element, say } from "../words.js";
import { call, roomPath } from "./api.js";

export class Removing {
  #list;
  #question;
  #roomId;
  #asked = null; // the line in question
  #keepsOrder = false;

  /** list: the lines; question: a dialog whose form answers "yes". */
  constructor({ list, question, roomId }) {
    this.#list = list;
    this.#question = question;
    this.#roomId = roomId;
    list.addEventListener("click", ({ target }) => target.closest(".remove") && this.#ask(target.closest(".said")));
    question.addEventListener("close", () => question.returnValue === "yes" && this.#remove(this.#asked));
  }

  /** Whether what others said may go too. The style sheet hides their buttons from who kept order before. */
  set keepsOrder(keepsOrder) {
    if (keepsOrder === this.#keepsOrder) return;
    this.#keepsOrder = keepsOrder;
    this.#list.classList.toggle("keeps-order", keepsOrder);
    for (const item of this.#list.children) this.offer(item);
  }

  /** Give a line that is known to be mine, or not, its button, once it is stored and for who may press it. */
  offer(item) {
    if (!item.dataset.id || !(this.#keepsOrder || item.classList.contains("mine"))) return;
    if (item.classList.contains("deleted") || item.querySelector(".remove")) return;
    const words = say("delete");
    // It comes to a line that has been read out.
    const button = element("button", { class: "remove", type: "button", title: words, "aria-label": words, "aria-live": "off" });
    button.append(icon("trash"));
    item.querySelector("header").append(button);
  }

  #ask(item) {
    this.#asked = item;
    this.#question.querySelector("blockquote").textContent = item.dataset.content;
    this.#question.returnValue = "";
    this.#question.showModal();
  }

  async #remove({ dataset }) {
    try {
      await call("DELETE", roomPath(this.#roomId, `/messages/${dataset.id}`)); // The room tells everyone, us too.
    } catch (error) {
      toast(error.message, { kind: "bad" });
    }
  }
}
