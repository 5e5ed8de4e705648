// Parts of our own pages, fetched and put in place of what is here: the server renders, the page is not left.

/** The server could not be reached, or answered without that part: with an error's page, whose `status` it has then. */
export class Unreachable extends Error {}

/**
 * Fetch a page and put its element `id` where this page has it. Resolves to {part, address, signedOut, status}.
 * `signedOut` is the login's address, when that is where the server sent us: then nothing was put anywhere.
 * Throws Unreachable; an AbortError passes.
 */
export async function swap(id, address, options = {}) {
  const response = await reach(address, options);
  const url = new URL(response.url);
  if (response.redirected && url.pathname === "/login") return { signedOut: url.pathname + url.search };
  const fetched = new DOMParser().parseFromString(await response.text(), "text/html");
  const part = fetched.getElementById(id);
  if (response.status >= 500 || !part) throw Object.assign(new Unreachable(), { status: response.status });
  const placed = document.adoptNode(part);
  document.getElementById(id).replaceWith(placed);
  return { part: placed, address: url.pathname + url.search, status: response.status };
}

async function reach(address, options) {
  try {
    return await fetch(address, { credentials: "same-origin", ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Unreachable();
  }
}
