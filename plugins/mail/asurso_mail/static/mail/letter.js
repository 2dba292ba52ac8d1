// A letter counts as read when it was on the screen of somebody who is here; without this the button does it.
import { send } from "../core/net.js";

const letter = document.querySelector("#letter[data-read]");
const button = document.getElementById("read-button");
let timer;

async function tell() {
  const answer = await send(letter.dataset.read, {}, { keepalive: true });
  if (answer.ok) button?.remove();
}

if (letter) {
  const watcher = new IntersectionObserver((entries) => {
    clearTimeout(timer);
    if (!entries.some((entry) => entry.isIntersecting) || document.hidden) return;
    timer = setTimeout(() => { watcher.disconnect(); tell(); }, 800);
  });
  watcher.observe(letter);
  document.addEventListener("visibilitychange", () => { watcher.unobserve(letter); watcher.observe(letter); });
}
