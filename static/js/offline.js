// The page without a network: tries again when it is asked to, and by itself when the network is back.

document.getElementById("again").addEventListener("click", () => location.reload());
addEventListener("online", () => location.reload());
