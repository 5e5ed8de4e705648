// Where in a text there are addresses. Only http and https are.

const ADDRESS = /https?:\/\/[^\s<>"'“”‘’、，。；：！？（）《》【】]+/giu;

/** The text in parts, in order: {text} or {text, href}. Together the parts are the text. */
export function parts(text) {
  const found = [];
  let from = 0;
  for (const { 0: match, index } of text.matchAll(ADDRESS)) {
    const address = trimmed(match);
    const href = safe(address);
    if (href === null) continue;
    if (index > from) found.push({ text: text.slice(from, index) });
    found.push({ text: address, href });
    from = index + address.length;
  }
  if (from < text.length) found.push({ text: text.slice(from) });
  return found;
}

/** What ends a sentence, and a bracket that began before the address, belong to the sentence. */
function trimmed(address) {
  let kept = address.replace(/[.,;:!?*_~]+$/u, "");
  while (/[)\]}]$/u.test(kept) && count(kept, /[)\]}]/gu) > count(kept, /[([{]/gu)) kept = kept.slice(0, -1).replace(/[.,;:!?]+$/u, "");
  return kept;
}

function count(text, pattern) {
  return text.match(pattern)?.length ?? 0;
}

function safe(address) {
  try {
    const { protocol, hostname, href } = new URL(address);
    return ["http:", "https:"].includes(protocol) && hostname ? href : null;
  } catch {
    return null;
  }
}
