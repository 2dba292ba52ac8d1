// Pick up a lesson, then choose its place: by click, by keyboard, or by dragging.
import { post } from "../core/net.js";

const editor = document.querySelector("[data-editor]");
const say = editor?.querySelector("[data-say]");
let held = null;

function tell(message, bad = false) {
  say.textContent = message;
  say.classList.toggle("tt-bad", bad);
}

function putBack(message = editor.dataset.dropped) {
  if (!held) return;
  held.classList.remove("tt-held");
  held.querySelector("[data-pick]").focus();
  held = null;
  label("");
  tell(message);
}

function label(words) {
  editor.classList.toggle("tt-picking", held !== null);
  for (const one of editor.querySelectorAll("[data-label]")) one.textContent = words;
}

function pickUp(piece) {
  if (held === piece) return putBack();
  held?.classList.remove("tt-held");
  held = piece;
  held.classList.add("tt-held");
  label(editor.dataset.here);
  tell(editor.dataset.picked.replace("{name}", piece.dataset.name));
}

async function putInto(cell) {
  const piece = held;
  const { weekday, number } = cell.dataset;
  const answer = await post(editor.dataset.url, {
    entry: piece.dataset.entry ?? "", group: piece.dataset.group ?? "", weekday, number,
  });
  if (!answer.ok) return tell(answer.error.message, true);
  sessionStorage.setItem("timetable.cell", cell.id);
  location.reload();
}

editor?.addEventListener("click", (event) => {
  const button = event.target.closest("[data-pick]");
  if (button) return pickUp(button.closest("[data-name]"));
  const cell = event.target.closest("td[data-weekday]");
  if (!held || !cell) return;
  event.preventDefault();
  putInto(cell);
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && held) putBack();
});

for (const piece of editor?.querySelectorAll("[data-name]") ?? []) {
  piece.draggable = true;
  piece.addEventListener("dragstart", (event) => {
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", piece.dataset.name);
    if (held !== piece) pickUp(piece);
  });
}
for (const cell of editor?.querySelectorAll("td[data-weekday]") ?? []) {
  cell.addEventListener("dragover", (event) => {
    if (!held) return;
    event.preventDefault();
    cell.classList.add("tt-over");
  });
  cell.addEventListener("dragleave", () => cell.classList.remove("tt-over"));
  cell.addEventListener("drop", (event) => {
    event.preventDefault();
    cell.classList.remove("tt-over");
    if (held) putInto(cell);
  });
}

// After a reload the focus returns to the cell that was changed.
const last = sessionStorage.getItem("timetable.cell");
if (editor && last) {
  sessionStorage.removeItem("timetable.cell");
  document.getElementById(last)?.querySelector("a")?.focus();
}
