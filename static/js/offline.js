// The page without a network: tries again when it is asked to, and by itself once the server answers.

const EVERY_MS = 2000;

/** "online" tells of a network, not of our server: only an answer does. */
async function look() {
  try {
    await fetch("/healthz", { cache: "no-store" });
    location.reload();
  } catch {
    setTimeout(look, EVERY_MS);
  }
}

document.getElementById("again").addEventListener("click", () => location.reload());
setTimeout(look, EVERY_MS);
