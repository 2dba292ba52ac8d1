// The page of writing: keeps the draft on the server while one types and at leaving, and finds people
// while one types a name. Without it the buttons save, and the address book is a page.
import { send } from "../core/net.js";
import { make } from "../core/dom.js";
import { toast } from "../core/toast.js";

const form = document.getElementById("letter-form");
const status = document.getElementById("saved");
const hidden = (name) => form.elements[name];
const chosen = (name) => [...form.querySelectorAll(`input[type="checkbox"][name="${name}"]:checked`)].map((one) => one.value).join(" ");
const SECONDS = 3;
let timer;
let saving = null; // the request under way
let dirty = false;
let stopped = false; // another tab was first, or the form is on its way
let sending = null; // the button that waits for a saving to end

const values = () => ({
  kind: hidden("kind").value, to: chosen("to"), keys: chosen("keys"), outside: form.elements.outside?.value ?? "",
  subject: form.elements.subject.value, text: form.elements.text.value, answers: hidden("answers").value,
  forwards: hidden("forwards").value, draft: hidden("draft").value, version: hidden("version").value, op: hidden("op").value,
});

function keep(answer) {
  if (answer.ok) {
    hidden("draft").value = answer.data.draft;
    hidden("version").value = answer.data.version;
    hidden("forwards").value = "";
    if (form.getAttribute("action") !== answer.data.url) {
      form.action = answer.data.url;
      // The page is that of the draft now: loading it again shows what was typed.
      history.replaceState(null, "", answer.data.url);
    }
    status.textContent = answer.data.told;
    if (!dirty) form.classList.remove("changed");
    return;
  }
  dirty = true;
  if (answer.offline) { status.textContent = form.dataset.failed; plan(10); return; }
  status.textContent = answer.error.message;
  if (answer.status === 409 || answer.status === 404) { stopped = true; toast(answer.error.message, "bad"); }
}

async function save(options = {}) {
  clearTimeout(timer);
  timer = null;
  if (stopped || saving || !dirty) return;
  dirty = false;
  saving = send(form.dataset.save, values(), options);
  const answer = await saving;
  saving = null;
  keep(answer);
  if (sending) { const button = sending; sending = null; form.requestSubmit(button); return; }
  if (dirty && answer.ok) plan();
}

function plan(seconds = SECONDS) { timer ??= setTimeout(save, seconds * 1000); }

form.addEventListener("input", (event) => {
  if (event.target.type === "file" || event.target.id === "find") return;
  dirty = true;
  status.textContent = form.dataset.waits;
  plan();
});
form.addEventListener("submit", (event) => {
  if (saving) {
    // The version on this page is old until the answer comes.
    event.preventDefault();
    sending = event.submitter;
    return;
  }
  clearTimeout(timer);
  stopped = true;
});
addEventListener("pagehide", () => { if (dirty) save({ keepalive: true }); });
document.addEventListener("visibilitychange", () => { if (document.hidden && dirty) save({ keepalive: true }); });
form.elements.subject.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); form.elements.text.focus(); } });

// What was typed while this script was still on its way.
for (const field of [form.elements.subject, form.elements.text]) {
  if (field.value !== field.defaultValue) field.dispatchEvent(new Event("input", { bubbles: true }));
}

// --- finding people while typing -------------------------------------------------------------
const find = document.getElementById("find");
if (find) {
  const list = document.getElementById("found");
  const chips = document.getElementById("chips");
  let asked = 0;
  let waiting;
  const items = () => [...list.querySelectorAll('[role="option"]')];
  const current = () => items().find((one) => one.getAttribute("aria-selected") === "true");
  const close = () => { list.hidden = true; list.replaceChildren(); find.setAttribute("aria-expanded", "false"); find.removeAttribute("aria-activedescendant"); };
  const choose = (item) => {
    for (const one of items()) one.setAttribute("aria-selected", String(one === item));
    find.setAttribute("aria-activedescendant", item.id);
    item.scrollIntoView({ block: "nearest" });
  };
  const take = (item) => {
    const { token, name, about } = item.dataset;
    const there = [...chips.querySelectorAll("input")].find((one) => one.value === token);
    if (there) there.checked = true;
    else {
      const box = make("input", { class: "form-check-input", type: "checkbox", name: "to", value: token });
      box.checked = true;
      chips.append(make("li", { class: "mail-chip" }, make("label", {}, box, " ", make("bdi", {}, name), " ", make("span", { class: "muted small" }, about))));
    }
    find.value = "";
    close();
    form.dispatchEvent(new Event("input", { bubbles: true }));
    find.focus();
  };
  find.addEventListener("input", () => {
    clearTimeout(waiting);
    const typed = find.value.trim();
    if (!typed) { asked++; close(); return; }
    waiting = setTimeout(async () => {
      const number = ++asked;
      const answer = await fetch(`${form.dataset.people}?q=${encodeURIComponent(typed)}`, { headers: { Accept: "application/json" }, credentials: "same-origin" }).catch(() => null);
      const people = answer?.ok ? (await answer.json()).people : [];
      if (number !== asked) return;
      close();
      for (const [n, one] of people.entries()) {
        const item = make("li", { role: "option", id: `found-${n}`, "aria-selected": "false", "data-token": one.token, "data-name": one.name, "data-about": one.about }, make("bdi", {}, one.name), " ", make("span", { class: "muted small" }, one.about));
        item.addEventListener("mousedown", (event) => { event.preventDefault(); take(item); });
        list.append(item);
      }
      if (!people.length) list.append(make("li", { role: "option", "aria-disabled": "true", "aria-selected": "false", class: "muted" }, form.dataset.nobody));
      list.hidden = false;
      find.setAttribute("aria-expanded", "true");
      if (people.length) choose(list.firstElementChild);
    }, 200);
  });
  find.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault(); // never sends the letter
    if (list.hidden) return;
    const all = items().filter((one) => one.dataset.token);
    const at = all.indexOf(current());
    if (all.length && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      choose(all[(at + (event.key === "ArrowDown" ? 1 : all.length - 1)) % all.length]);
      event.preventDefault();
    } else if (event.key === "Enter" && all.length) take(all[at] ?? all[0]);
    else if (event.key === "Escape") { close(); event.preventDefault(); }
  });
  find.addEventListener("blur", close);
  if (find.value) find.dispatchEvent(new Event("input", { bubbles: true }));
}
