// Comfort for the audience of an announcement: what is chosen stands above as chips, a search hides what
// is not meant, the number of people is counted while one chooses. Without it boxes and buttons do the same.
import { send } from "../core/net.js";
import { make } from "../core/dom.js";

const form = document.querySelector("#announcement-form");
const words = form.dataset;
const chips = form.querySelector("#chosen");
const reach = form.querySelector("#reach");
const boxes = () => [...form.querySelectorAll('input[name="keys"]')];
const labelOf = (box) => box.labels[0]?.textContent.trim() ?? box.value;

// --- chips and the number of people ------------------------------------------------------------
let asked = 0;
let timer;

async function count(keys) {
  const number = ++asked;
  const answer = keys.length ? await send(words.reach, { keys }).catch(() => null) : null;
  if (number !== asked) return;
  if (!keys.length) reach.textContent = words.wordNone;
  else reach.textContent = answer?.ok ? answer.data.words : answer?.error?.message ?? "";
}

function show() {
  const chosen = boxes().filter((box) => box.checked);
  chips.replaceChildren(...chosen.map((box) => {
    const name = labelOf(box);
    const chip = make("button", { type: "button", class: "board-chip", "aria-label": words.wordRemove.replace("{name}", name) }, name, make("span", { "aria-hidden": "true" }, "×"));
    chip.addEventListener("click", () => {
      const next = chip.nextElementSibling ?? chip.previousElementSibling;
      const at = next?.textContent;
      box.checked = false;
      box.dispatchEvent(new Event("input", { bubbles: true }));
      ([...chips.children].find((one) => one.textContent === at) ?? form.querySelector("#part-search")).focus();
    });
    return chip;
  }));
  clearTimeout(timer);
  const keys = [...new Set(chosen.map((box) => box.value))];
  timer = setTimeout(() => count(keys), 250);
}
form.addEventListener("input", (event) => { if (event.target === form || event.target.name === "keys") show(); });

// --- the search among the parts ------------------------------------------------------------------
const search = form.querySelector("#part-search");
const fold = (text) => text.toLowerCase().replaceAll("ё", "е");
const open = new Map();
search.addEventListener("input", (event) => {
  event.stopPropagation(); // it is no typing that could be lost
  const wanted = fold(search.value).split(/\s+/).filter(Boolean);
  let all = 0;
  for (const part of form.querySelectorAll("#parts .board-part")) {
    let found = 0;
    for (const item of part.querySelectorAll("li")) {
      const name = fold(item.textContent);
      item.hidden = !wanted.every((word) => name.includes(word));
      found += !item.hidden;
    }
    all += found;
    part.hidden = !found;
    if (wanted.length) {
      if (!open.has(part)) open.set(part, part.open);
      part.open = found > 0;
    } else if (open.has(part)) { part.open = open.get(part); open.delete(part); }
  }
  form.querySelector("#part-none").hidden = all > 0;
});
search.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });

// --- single people -------------------------------------------------------------------------------
const who = form.querySelector('input[name="who"]');
const list = form.querySelector("#found");
form.querySelector("#find-person").hidden = true;
let looked = 0;
let pause;
who.addEventListener("input", () => {
  clearTimeout(pause);
  pause = setTimeout(async () => {
    const number = ++looked;
    const response = await fetch(`${words.people}?q=${encodeURIComponent(who.value)}`, { headers: { Accept: "application/json" }, credentials: "same-origin" }).catch(() => null);
    if (number !== looked || !response?.ok) return;
    const { people } = await response.json();
    form.querySelector("#nobody")?.remove();
    const kept = [...list.querySelectorAll("input:checked")].map((box) => box.closest("li"));
    const keys = new Set(kept.map((item) => item.querySelector("input").value));
    const items = people.filter((one) => !keys.has(one.key)).map((one) => {
      const id = `who-${one.key.replace(":", "-")}`;
      return make("li", { class: "form-check" }, make("input", { class: "form-check-input", type: "checkbox", name: "keys", value: one.key, id }), make("label", { class: "form-check-label", for: id }, one.name));
    });
    list.replaceChildren(make("ul", { class: "board-choices" }, ...kept, ...items));
    if (!people.length && who.value.trim().length > 1) list.append(make("p", { class: "muted", id: "nobody", role: "status" }, words.wordNobody));
  }, 250);
});
who.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
show();
