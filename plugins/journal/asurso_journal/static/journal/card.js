// The card of a lesson on the phone: one tap for absent, a tap for a mark; every change saves itself
// through the same queue as the grid. Without this file the card is a plain form with a button.
import { make } from "../core/dom.js";
import * as queue from "./queue.js";

const page = JSON.parse(document.getElementById("journal-card").textContent);
const words = page.texts;
const form = document.getElementById("card");
const lesson = Number(form.dataset.lesson);
const stateLine = document.getElementById("card-state");
const inputs = [...form.querySelectorAll("input.card-mark")];
const keyOf = (edit) => `${edit.lesson}:${edit.main ? 0 : edit.assignment}:${edit.pupil}`;
const byKey = new Map(inputs.map((input) => [`${lesson}:${input.dataset.work}:${input.dataset.pupil}`, input]));
const shown = new Map(inputs.map((input) => [input, input.value]));
const first = (row) => row.querySelector("input.card-mark");
const told = stateLine.textContent;
let touched = false;

function send(input) {
  const value = input.value.trim();
  if (value === shown.get(input)) return;
  shown.set(input, value);
  input.closest(".card-pupil").querySelector(".card-error")?.remove();
  absence(input.closest(".card-pupil"));
  const work = Number(input.dataset.work);
  queue.put({
    op: queue.newOp(), url: page.editsUrl, lesson, assignment: work || null, main: work === 0,
    pupil: Number(input.dataset.pupil), value, version: Number(input.dataset.version),
  });
}

function absence(row) {
  const code = first(row).value.split("/")[0].toUpperCase();
  const missing = page.missed.includes(code) || code === "Н";
  row.classList.toggle("is-absent", missing);
  row.querySelector("[data-absent]")?.setAttribute("aria-pressed", String(missing));
}

form.addEventListener("change", (event) => { if (event.target.matches(".card-mark")) send(event.target); });
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches(".card-mark")) return;
  event.preventDefault();
  send(event.target);
  inputs[inputs.indexOf(event.target) + 1]?.focus();
});
form.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  const row = event.target.closest(".card-pupil");
  if (!button || !row) return;
  const input = first(row);
  const parts = input.value.split("/");
  if (button.matches("[data-absent]")) {
    const gone = button.getAttribute("aria-pressed") === "true";
    const rest = page.codes.includes(parts[0].toUpperCase()) ? parts.slice(1).join("/") : input.value;
    input.value = gone ? rest : `${page.absent}${rest ? `/${rest}` : ""}`;
  } else if (button.dataset.put) {
    const sign = button.dataset.put;
    const code = page.codes.includes(parts[0].toUpperCase()) ? parts[0] : "";
    input.value = page.codes.includes(sign) ? (code === sign ? "" : sign) : code ? `${code}/${sign}` : sign;
  } else return;
  send(input);
});

// One row of keys, under the pupil whose field has the focus.
const key = (sign, label = sign) => make("button", { type: "button", class: "btn btn-quiet", "data-put": sign }, label);
const keys = make("span", { class: "card-keys", role: "group", "aria-label": page.marks },
  ...page.keys.map((mark) => key(mark)), key(".", "•"), ...(page.lateCode ? [key(page.lateCode, page.late)] : []));
keys.querySelector('[data-put="."]').setAttribute("aria-label", page.debt);
form.addEventListener("focusin", (event) => {
  const row = event.target.closest(".card-pupil");
  if (row && event.target.matches(".card-mark") && keys.parentElement !== row) row.append(keys);
});

function summary() {
  const left = queue.waiting();
  const held = left.filter((edit) => edit.held).length;
  const kind = held ? "conflict" : left.length ? (navigator.onLine ? "waiting" : "offline") : "saved";
  if (kind === "saved" && !touched) { stateLine.textContent = told; return; }
  touched = true;
  stateLine.dataset.state = kind;
  stateLine.textContent = words[kind === "saved" ? "allSaved" : kind].replace("%(n)s", String(held || left.length));
}

queue.listen((kind, edit, result) => {
  const input = byKey.get(keyOf(edit));
  if (input) {
    const row = input.closest(".card-pupil");
    row.dataset.state = kind;
    if (["saved", "refused"].includes(kind)) {
      if (result.version !== undefined && result.version !== null) input.dataset.version = result.version;
      if (typeof result.value === "string" && document.activeElement !== input) { input.value = result.value; shown.set(input, result.value); absence(row); }
      if (kind === "saved") setTimeout(() => { if (row.dataset.state === "saved") delete row.dataset.state; }, 2500);
    }
    if (kind === "conflict") decide(row, input, edit, result);
  }
  summary();
});

function decide(row, input, edit, result) {
  row.querySelector(".card-error")?.remove();
  const end = () => { row.querySelector(".card-error")?.remove(); delete row.dataset.state; summary(); };
  const keep = () => {
    queue.giveUp(edit.op);
    input.value = result.value ?? "";
    input.dataset.version = result.version;
    shown.set(input, input.value);
    absence(row);
    end();
  };
  row.append(make("div", { class: "card-error field-error", role: "alert" },
    make("span", {}, `${result.message} ${words.theirs}: ${result.value || "—"}${result.changed_by ? ` (${result.changed_by})` : ""}.`),
    make("button", { type: "button", class: "btn btn-outline", click: keep }, words.keepTheirs),
    make("button", { type: "button", class: "btn btn-outline", click: () => { end(); queue.insist(edit.op, queue.newOp()); } }, words.putMine)));
}

for (const button of document.querySelectorAll("[data-repeat]")) {
  button.addEventListener("click", () => {
    const field = document.getElementById("homework");
    field.value = button.dataset.repeat;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
}
for (const select of document.querySelectorAll("[data-weights]")) {
  select.addEventListener("change", () => { select.form.elements.weight.value = select.selectedOptions[0].dataset.weight; });
}
for (const edit of queue.waiting()) {
  const input = byKey.get(keyOf(edit));
  if (!input) continue;
  input.value = edit.value;
  shown.set(input, edit.value);
  input.closest(".card-pupil").dataset.state = edit.held ? "conflict" : "waiting";
  if (edit.held) decide(input.closest(".card-pupil"), input, edit, edit.theirs);
}
for (const kind of ["online", "offline"]) addEventListener(kind, summary);
queue.start();
summary();
