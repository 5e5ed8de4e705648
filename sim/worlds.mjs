// Runs the worlds that Python asks for: one line of settings in, the server's questions out and their answers in, a line of figures out.

import { readSync, writeSync } from "node:fs";

import { World } from "./world.js";

const chunk = Buffer.alloc(1 << 16);
let unread = "";

function readLine() {
  while (!unread.includes("\n")) {
    const length = readSync(0, chunk);
    if (length === 0) return null;
    unread += chunk.toString("utf8", 0, length);
  }
  const end = unread.indexOf("\n");
  const line = unread.slice(0, end);
  unread = unread.slice(end + 1);
  return JSON.parse(line);
}

function say(line) {
  writeSync(1, `${JSON.stringify(line)}\n`);
}

function ask(question) {
  say({ question });
  return readLine();
}

for (let settings = readLine(); settings !== null; settings = readLine()) {
  say({ figures: await new World(settings, ask).run() });
}
