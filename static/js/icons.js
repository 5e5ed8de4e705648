// The drawings of static/img/icons.svg, for elements that scripts make.

const SVG = "http://www.w3.org/2000/svg";
const SHEET = new URL("../img/icons.svg", import.meta.url).pathname;

/** The icon of that name, hidden from readers: the button around it has words or a label. */
export function icon(name) {
  const drawn = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  drawn.setAttribute("class", "icon");
  drawn.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `${SHEET}#${name}`);
  drawn.append(use);
  return drawn;
}
