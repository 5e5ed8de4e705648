// The service worker. It keeps the static shell and one page that says there is no network, and nothing else:
// no page with anybody's name on it, no answer of the API, no film.
/* global SHELL */

const KEPT = `shell-${SHELL.version}`;
const OFFLINE = "/offline";

addEventListener("install", (event) => {
  event.waitUntil(keep());
  skipWaiting();
});

async function keep() {
  const kept = await caches.open(KEPT);
  await kept.addAll([...SHELL.shell, OFFLINE].map((address) => new Request(address, { cache: "reload" })));
}

addEventListener("activate", (event) => event.waitUntil(forgetOthers().then(() => clients.claim())));

async function forgetOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== KEPT).map((name) => caches.delete(name)));
}

/** The network comes first, so nobody sees yesterday's page; what is kept is for when there is none. */
addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate") event.respondWith(orKept(request, OFFLINE));
  else if (SHELL.shell.includes(url.pathname)) event.respondWith(orKept(request, url.pathname));
});

async function orKept(request, address) {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await caches.match(address, { cacheName: KEPT });
    if (kept) return kept;
    throw error;
  }
}
