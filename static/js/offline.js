// The page without a network: tries again when it is asked to, and by itself once the server answers.

const EVERY_MS = 2000;

/** "online" tells of a network, not of our server: only its own answer does, and no proxy's that stands before it. */
async function look() {
  const answer = await fetch("/healthz", { cache: "no-store" }).catch(() => null);
  if (answer?.ok) location.reload();
  else setTimeout(look, EVERY_MS);
}

document.getElementById("again").addEventListener("click", () => location.reload());
setTimeout(look, EVERY_MS);
