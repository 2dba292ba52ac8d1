// Entry of every page: small helpers over plain HTML. Nothing here is needed to read or send a page.
import { hear, tell } from "./contact.js";
import { clearDrafts, watchForms } from "./drafts.js";
import { watchSignOut } from "./leaving.js";
import { watchSession } from "./session.js";
import { text } from "./texts.js";
import { toast } from "./toast.js";

const { user, signIn } = document.body.dataset;
const html = document.documentElement;
html.classList.add("js");

// Drop-down panels: one at a time, closed by Esc, by a click elsewhere and by their own button.
const openDrops = () => document.querySelectorAll("details.drop[open]");
document.addEventListener("click", (event) => {
  const closer = event.target.closest("[data-close]");
  for (const drop of openDrops()) {
    if (closer ? drop.contains(closer) : !drop.contains(event.target)) drop.open = false;
    if (closer && !drop.open) drop.querySelector("summary").focus();
  }
  if (event.target.closest("[data-back]")) history.back();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const drop of openDrops()) { drop.open = false; drop.querySelector("summary").focus(); }
});

// The menu in browsers that do not know the popover attribute.
if (!("popover" in HTMLElement.prototype)) {
  html.classList.add("no-popover");
  for (const button of document.querySelectorAll("[popovertarget]")) {
    button.addEventListener("click", () => document.getElementById("menu").classList.toggle("open"));
  }
}
// A long menu opens where the present page stands in it.
const menu = document.getElementById("menu");
const here = menu?.querySelector("[aria-current]");
if (here && menu.scrollHeight > menu.clientHeight) menu.scrollTop = here.offsetTop - menu.clientHeight / 2;

// The theme changes at once and is remembered without leaving the page.
document.querySelector("[data-theme-form]")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.currentTarget;
  const wish = event.submitter.value;
  const data = new FormData(form);
  data.set("theme", wish);
  html.dataset.theme = wish;
  for (const button of form.querySelectorAll("button")) button.setAttribute("aria-pressed", String(button.value === wish));
  try {
    await fetch(form.action, { method: "POST", body: data, redirect: "manual" });
  } catch {
    toast(text("offline"), "bad");
  }
});

// A button that shows what is typed into a password field.
for (const input of document.querySelectorAll("input[data-password]")) {
  const button = document.createElement("button");
  const draw = () => {
    const shown = input.type === "text";
    button.setAttribute("aria-label", text(shown ? "hidePassword" : "showPassword"));
    button.querySelector("use").setAttribute("href", `${document.body.dataset.icons}#${shown ? "eye-off" : "eye"}`);
  };
  button.type = "button";
  button.className = "btn btn-quiet";
  button.innerHTML = '<svg class="icon" aria-hidden="true"><use></use></svg>';
  button.addEventListener("click", () => { input.type = input.type === "password" ? "text" : "password"; draw(); });
  input.form?.addEventListener("submit", () => { input.type = "password"; });
  const box = document.createElement("div");
  box.className = "password";
  input.replaceWith(box);
  box.append(input, button);
  draw();
}

// A table wider than its box can be scrolled by keyboard too, also when the window became narrow later.
const tables = new ResizeObserver((seen) => {
  for (const { target: box } of seen) {
    if (box.scrollWidth > box.clientWidth && !box.querySelector("a, button, input, select")) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
});
for (const box of document.querySelectorAll(".table-scroll:not([tabindex]), .table-box:not([tabindex])")) tables.observe(box);

// The chosen tab is in sight where the tabs are wider than a phone; the page itself stays where it is.
for (const one of document.querySelectorAll(".tabs [aria-current]")) {
  const tabs = one.closest(".tabs");
  tabs.scrollLeft += Math.max(0, one.getBoundingClientRect().right - tabs.getBoundingClientRect().right);
}

// The summary of errors is read first; its links lead into the fields.
document.querySelector("[data-focus]")?.focus();

// Signing out leaves nothing of the person here, and nothing on the screen of the other tabs.
watchSignOut();
if (!user && sessionStorage.getItem("signing-out")) clearDrafts();
sessionStorage.removeItem("signing-out");
// Somebody else signed in elsewhere: this page still shows the one before.
if (user && sessionStorage.getItem("user") !== user) tell("signed-in", { user });
if (user) sessionStorage.setItem("user", user);
else sessionStorage.removeItem("user");
hear("signed-in", (news) => {
  if (!user || news.user === user) return;
  for (const form of document.querySelectorAll("form.changed")) form.classList.remove("changed");
  location.reload();
});
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

watchForms();
watchSession();
