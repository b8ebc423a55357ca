// While the API cannot be reached the shell and the last rows stay, a banner says so, and the page keeps trying.

const PAUSE = 5000;

const banner = () => document.getElementById("banner");
const tryAgain = () => document.body.dispatchEvent(new Event("try-again"));

let waiting = null;

export function unreachable() {
  banner().hidden = false;
  clearTimeout(waiting);
  waiting = setTimeout(tryAgain, PAUSE);
}

export function reached(region) {
  clearTimeout(waiting);
  banner().hidden = true;
  const place = document.getElementById("region");
  place.querySelector("output").textContent = region;
  place.hidden = false;
}

export function install() {
  banner().querySelector("[data-try-again]").addEventListener("click", tryAgain);
  window.addEventListener("online", tryAgain);
}
