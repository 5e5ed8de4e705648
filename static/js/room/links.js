// Addresses in what people wrote become links. Everything stays text.

import { element } from "../words.js";
import { parts } from "./addresses.js";

/** A text as nodes. A link leads away in a tab of its own, which learns nothing of this one. */
export function linked(text) {
  return parts(text).map((part) =>
    part.href ? element("a", { href: part.href, target: "_blank", rel: "noopener noreferrer nofollow ugc" }, part.text) : part.text,
  );
}
