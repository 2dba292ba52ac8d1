// Dragging entries of one's own page into another order. The buttons beside them do the same
// without a script and from the keyboard.
import { post } from "../core/net.js";
import { toast } from "../core/toast.js";

for (const list of document.querySelectorAll("[data-order]")) {
  let dragged = null;
  let started = "";
  const order = () => [...list.children].map((row) => row.dataset.item).join();

  list.addEventListener("pointerdown", (event) => {
    const grip = event.target.closest("[data-grip]");
    if (!grip || event.button) return;
    event.preventDefault();
    dragged = grip.closest("[data-item]");
    started = order();
    dragged.classList.add("portfolio-dragged");
    grip.setPointerCapture(event.pointerId);
  });

  list.addEventListener("pointermove", (event) => {
    if (!dragged) return;
    for (const row of list.children) {
      const box = row.getBoundingClientRect();
      if (row === dragged || event.clientY < box.top || event.clientY > box.bottom) continue;
      const upper = event.clientY < box.top + box.height / 2;
      list.insertBefore(dragged, upper ? row : row.nextElementSibling);
      return;
    }
  });

  const end = async () => {
    if (!dragged) return;
    const row = dragged;
    dragged = null;
    row.classList.remove("portfolio-dragged");
    if (order() === started) return;
    const before = row.nextElementSibling ? Number(row.nextElementSibling.dataset.item) : 0;
    const answer = await post(row.dataset.url, { before });
    // The buttons of the first and the last entry differ: draw the page anew where it stands.
    if (answer.ok) location.reload();
    else toast(list.dataset.failed, "bad");
  };
  list.addEventListener("pointerup", end);
  list.addEventListener("pointercancel", end);
}
