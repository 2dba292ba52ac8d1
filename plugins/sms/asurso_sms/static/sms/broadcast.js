// Comfort for a broadcast: fields are put in by a button, how many it reaches and what it costs is told
// while one writes and chooses, people are found while one types. Without it buttons do the same.
import { send } from "../core/net.js";
import { make } from "../core/dom.js";

const area = document.querySelector("[data-sms-count]");
for (const button of document.querySelectorAll("[data-field]")) {
  button.addEventListener("click", () => {
    area.setRangeText(button.dataset.field, area.selectionStart, area.selectionEnd, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
    area.focus();
  });
}

const form = document.querySelector("#cast-form");
if (form) {
  const told = form.querySelector("#cast-told");
  let asked = 0;
  let timer;
  form.querySelector("#cast-count-button").hidden = true;

  async function count() {
    const number = ++asked;
    const keys = [...form.querySelectorAll('input[name="keys"]:checked')].map((box) => box.value);
    if (!keys.length || !area.value.trim()) {
      told.textContent = keys.length ? "" : form.dataset.wordNone;
      return;
    }
    const answer = await send(form.dataset.count, { text: area.value, keys }).catch(() => null);
    if (number !== asked || !answer) return;
    const wrong = Object.values(answer.error?.fields ?? {}).flat().join(" ");
    told.textContent = answer.ok ? answer.data.words : wrong || answer.error.message;
  }
  function soon() {
    clearTimeout(timer);
    timer = setTimeout(count, 400);
  }
  form.addEventListener("input", (event) => {
    if (event.target === form || event.target === area || event.target.name === "keys") soon();
  });
  soon();

  const who = form.querySelector('input[name="who"]');
  const list = form.querySelector("#found");
  form.querySelector("#find-person").hidden = true;
  let looked = 0;
  let pause;
  who.addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(async () => {
      const number = ++looked;
      const response = await fetch(`${form.dataset.people}?q=${encodeURIComponent(who.value)}`, { headers: { Accept: "application/json" }, credentials: "same-origin" }).catch(() => null);
      if (number !== looked || !response?.ok) return;
      const { people } = await response.json();
      form.querySelector("#nobody")?.remove();
      const kept = [...list.querySelectorAll("input:checked")].map((box) => box.closest("li"));
      const keys = new Set(kept.map((item) => item.querySelector("input").value));
      const items = people.filter((one) => !keys.has(one.key)).map((one) => {
        const id = `who-${one.key.replace(":", "-")}`;
        return make("li", { class: "form-check" }, make("input", { class: "form-check-input", type: "checkbox", name: "keys", value: one.key, id }), make("label", { class: "form-check-label", for: id }, one.name));
      });
      list.replaceChildren(make("ul", { class: "cast-choices" }, ...kept, ...items));
      if (!people.length && who.value.trim().length > 1) list.append(make("p", { class: "muted", id: "nobody", role: "status" }, form.dataset.wordNobody));
    }, 250);
  });
  who.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
}
