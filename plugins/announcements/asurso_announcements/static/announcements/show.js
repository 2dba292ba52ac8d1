// What was seen to its end for a moment is read: the page tells so by itself. Without it there is a button.
import { send } from "../core/net.js";

const end = document.querySelector("#board-end[data-read]");
if (end) {
  let timer;
  const tell = async () => {
    watcher.disconnect();
    const answer = await send(end.dataset.read, {}, { keepalive: true });
    if (answer.ok) document.querySelector("#read-button")?.remove();
  };
  const watcher = new IntersectionObserver(([entry]) => {
    clearTimeout(timer);
    // A page in another tab has not been read, however long it is open.
    if (entry.isIntersecting) timer = setTimeout(() => { if (!document.hidden) tell(); }, 1200);
  });
  watcher.observe(end);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) { watcher.unobserve(end); watcher.observe(end); } });
}

for (const button of document.querySelectorAll("[data-print]")) button.addEventListener("click", () => print());
