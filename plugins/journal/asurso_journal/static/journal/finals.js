// A mark that differs from the suggestion asks why: the field comes with the mark and goes with it.
import { make } from "../core/dom.js";

const words = JSON.parse(document.getElementById("finals-page").textContent);

for (const input of document.querySelectorAll(".finals-mark[data-advice]")) {
  input.addEventListener("input", () => ask(input));
}

function ask(input) {
  const key = input.name.replace("cell-", "");
  const there = input.form.elements[`reason-${key}`];
  const value = input.value.trim();
  const differs = value !== "" && value !== input.dataset.advice;
  if (there) {
    // What was written is never taken away while somebody is typing another mark.
    if (!there.value) there.closest("label").hidden = !differs;
    return;
  }
  if (!differs) return;
  const label = make("label", { class: "finals-why" },
    make("span", {}, words.why.replace("%(mark)s", input.dataset.advice),
      make("span", { class: "visually-hidden" }, `, ${input.getAttribute("aria-label")}`)),
    make("input", { class: "form-control", name: `reason-${key}`, maxlength: "255", autocomplete: "off" }));
  input.after(label);
}
