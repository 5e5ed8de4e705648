// The room over REST, as this page's session.

import { csrfToken } from "../session.js";
import { say } from "../words.js";

/** The server said no, or nothing: `message` is for people. */
export class Refused extends Error {
  constructor(words, status = 0) {
    super(words);
    this.status = status;
  }
}

/** The answer's body. `path` begins after the server's name; `key` is what opens a party, for reading. Throws Refused. */
export async function call(method, path, { body, query = {} } = {}) {
  const asked = new URLSearchParams(query);
  const headers = { Accept: "application/json", "X-CSRFToken": csrfToken() };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(asked.size ? `${path}?${asked}` : path, { method, headers, body: body && JSON.stringify(body) });
  } catch {
    throw new Refused(say("not_reached"));
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(wordsOf(answer), response.status);
  return answer;
}

export function roomPath(roomId, rest = "") {
  return `/api/rooms/${encodeURIComponent(roomId)}${rest}`;
}

function wordsOf({ detail, errors }) {
  const first = Object.values(errors ?? {})[0];
  return (Array.isArray(first) ? first[0] : first) ?? detail ?? say("not_reached");
}
