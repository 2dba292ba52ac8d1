// Typing that is never lost: a guard against leaving, and drafts kept in this tab for their owner.
//   <form data-guard>            warns before a page with unsaved changes is left
//   <form data-draft="note-17">  keeps unsent text until the server has taken it
import { text } from "./texts.js";
import { toast } from "./toast.js";

const user = document.body.dataset.user;
const PREFIX = "draft:";
const nameOf = (form) => `${PREFIX}${user}:${form.dataset.draft}`;
const kept = () => Object.keys(sessionStorage).filter((key) => key.startsWith(PREFIX));
const fieldsOf = (form) => [...form.elements].filter((field) =>
  field.name && !["hidden", "password", "file", "submit", "button"].includes(field.type));

function valuesOf(form) {
  return fieldsOf(form).map((field) => [field.name, field.type === "checkbox" || field.type === "radio"
    ? [field.value, field.checked] : field.type === "select-multiple" ? [...field.selectedOptions].map((o) => o.value) : field.value]);
}

function put(form, values) {
  const fields = fieldsOf(form);
  for (const [index, [name, value]] of values.entries()) {
    const field = fields[index]?.name === name ? fields[index] : fields.find((one) => one.name === name);
    if (!field) continue;
    if (field.type === "select-multiple") for (const option of field.options) option.selected = value.includes(option.value);
    else if (Array.isArray(value)) { if (field.value === value[0]) field.checked = value[1]; }
    else field.value = value;
  }
  form.dispatchEvent(new Event("input", { bubbles: true }));
}

const read = (key) => { try { return JSON.parse(sessionStorage.getItem(key)); } catch { return null; } };
const write = (key, value) => { try { sessionStorage.setItem(key, JSON.stringify(value)); } catch { /* full: the guard still warns */ } };

// A form that was sent keeps its draft as "sent" until a page shows that the server took it. Sign-in
// and error pages show the opposite, and so does coming back by the browser's own button.
function settleSent() {
  const went = performance.getEntriesByType("navigation")[0]?.type;
  const failed = !user || Number(document.body.dataset.status) >= 400 || went === "back_forward";
  for (const key of kept()) {
    const draft = read(key);
    if (!draft?.sent) continue;
    if (failed) write(key, { values: draft.values });
    else sessionStorage.removeItem(key);
  }
}

export function clearDrafts() {
  for (const key of kept()) sessionStorage.removeItem(key);
}

function keep(form) {
  const key = nameOf(form);
  const first = valuesOf(form);
  const draft = read(key);
  if (draft && JSON.stringify(draft.values) !== JSON.stringify(first)) {
    put(form, draft.values);
    form.classList.add("changed");
    toast(text("draftFound"), "note", { label: text("draftDrop"), run: () => { put(form, first); sessionStorage.removeItem(key); form.classList.remove("changed"); } });
  }
  let timer;
  const save = () => { clearTimeout(timer); timer = null; write(key, { values: valuesOf(form) }); };
  form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(save, 400); });
  addEventListener("pagehide", () => { if (timer) save(); });
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    clearTimeout(timer); timer = null;
    write(key, { values: valuesOf(form), sent: true });
  });
}

export function watchForms() {
  settleSent();
  if (!user) return;
  for (const key of kept()) if (!key.startsWith(`${PREFIX}${user}:`)) sessionStorage.removeItem(key);
  for (const form of document.querySelectorAll("form[data-guard], form[data-draft]")) {
    form.addEventListener("input", () => form.classList.add("changed"));
    form.addEventListener("submit", () => form.classList.remove("changed"));
    form.addEventListener("reset", () => form.classList.remove("changed"));
    if (form.dataset.draft) keep(form);
  }
  addEventListener("beforeunload", (event) => {
    if (document.querySelector("form[data-guard].changed")) event.preventDefault();
  });
}
