// The settings page: a picture is looked at before it is sent, and one that cannot be is not sent at all.

import { element, say } from "./words.js";

const MOST_BYTES = 10 * 1024 * 1024; // As core/pictures.py has it.

const form = document.getElementById("picture");
const field = form.querySelector("[type=file]");
const sign = form.parentElement.querySelector(".avatar.big");
const before = sign.querySelector("img");

field.addEventListener("change", () => {
  complain(null);
  show(before);
  const [file] = field.files;
  if (!file) return;
  if (file.size > MOST_BYTES) complain(say("too_large"));
  else preview(file);
});

function preview(file) {
  const address = URL.createObjectURL(file);
  const image = element("img", { src: address, alt: "", width: 64, height: 64 });
  image.addEventListener("load", () => field.files[0] === file && show(image));
  image.addEventListener("error", () => field.files[0] === file && complain(say("no_picture")));
  for (const name of ["load", "error"]) image.addEventListener(name, () => URL.revokeObjectURL(address));
}

/** In the place of the letter, or of the picture that was there. */
function show(image) {
  sign.querySelector("img")?.remove();
  if (image) sign.append(image);
}

/** As the server says it: below the field. The field then refuses to be sent. */
function complain(words) {
  const id = `${field.id}_error`;
  document.getElementById(id)?.remove();
  field.toggleAttribute("aria-invalid", false);
  field.setCustomValidity(words ?? "");
  if (words === null) return;
  field.setAttribute("aria-invalid", "true");
  field.closest(".field").append(element("div", { id, role: "alert" }, element("p", { class: "wrong" }, words)));
}
