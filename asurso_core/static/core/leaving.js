// Signing out. What waits in this browser is sent first; if something cannot be sent, the person is
// asked. Afterwards nothing of it stays here, because the next one may sit at the same computer. What
// another person left unsent when their session ended is not touched: it waits for their password.
import { tell } from "./contact.js";
import { make, openDialog } from "./dom.js";
import { clearDrafts } from "./drafts.js";
import { send } from "./net.js";
import { text } from "./texts.js";
import { toast } from "./toast.js";
import * as unsent from "./unsent.js";

const { user, signIn, signOut } = document.body.dataset;
const PATIENCE = 5000;
const pause = (time) => new Promise((resolve) => { setTimeout(resolve, time); });
const locked = () => document.querySelector("dialog.dialog-lock") !== null;
const typed = () => document.querySelectorAll("form[data-guard].changed");
const say = (key, n) => text(key).replace("%(n)s", String(n));
let busy = false;

// Told before signing out: the other tabs look a moment later whether it came true, and leave too.
function announceLeaving() {
  sessionStorage.setItem("signing-out", "1");
  tell("leaving", { user });
}

// With nothing left behind, `go` signs out. Resolves to false when the person has chosen to stay.
export async function leave(go = knock) {
  if (!unsent.left().length) { announceLeaving(); go(); return true; }
  const ended = locked(); // Without the password nothing can be sent.
  if (busy && !ended) return true;
  busy = true;
  try {
    if (!ended && !(await sendFirst())) return true;
    if (unsent.left().length && !(await ask(ended))) { unsent.keepSending(); return false; }
  } finally {
    busy = false;
  }
  if (!unsent.left().length) { announceLeaving(); go(); return true; }
  unsent.drop();
  clearDrafts();
  for (const form of typed()) form.classList.remove("changed");
  await knock();
  return true;
}

// The form of the page, which also works without this file.
export function watchSignOut() {
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches("form[data-sign-out]")) return;
    if (!unsent.left().length) { announceLeaving(); return; }
    event.preventDefault();
    const drop = form.closest("details");
    if (drop) { drop.open = false; drop.querySelector("summary").focus(); } // Here one stands after the question.
    await leave(() => form.submit());
  });
}

// False when the session had ended: the password is asked for now, and that dialog knows the way out.
async function sendFirst() {
  let close = null;
  const slow = setTimeout(() => { close = toast(text("unsentSending")); }, 700);
  await Promise.race([unsent.send(), pause(PATIENCE)]);
  clearTimeout(slow);
  close?.();
  return !locked();
}

// Signs out by a request. Without a network the page stays covered until the server has heard of it.
async function knock() {
  let cover = null;
  for (;;) {
    announceLeaving();
    const answer = await send(signOut);
    if (!answer.offline && answer.status < 500) break;
    cover ??= coverPage();
    await Promise.race([cover.again(), pause(PATIENCE)]);
  }
  cover?.open();
  location.assign(signIn);
}

function coverPage() {
  let wake = () => {};
  let over = false;
  const dialog = make("dialog", { class: "dialog dialog-lock", "aria-labelledby": "leaving-title", "aria-describedby": "leaving-text", cancel: (event) => event.preventDefault(), close: () => { if (!over) dialog.showModal(); } },
    make("h2", { id: "leaving-title" }, text("leavingTitle")),
    make("p", { id: "leaving-text" }, text("leavingText")),
    make("div", { class: "dialog-buttons" },
      make("button", { type: "button", class: "btn btn-primary", autofocus: true, click: () => wake() }, text("leavingAgain"))));
  addEventListener("online", () => wake());
  document.body.append(dialog);
  dialog.showModal();
  return { again: () => new Promise((resolve) => { wake = resolve; }), open: () => { over = true; dialog.close(); } };
}

// --- the question -------------------------------------------------------------------------------

// Resolves to true when the person signs out all the same, or when all was sent meanwhile.
function ask(ended) {
  return new Promise((resolve) => {
    const title = make("h2", { id: "unsent-title" });
    const told = make("div", { id: "unsent-text" });
    const stay = make("button", { type: "button", class: "btn btn-primary", autofocus: true, click: () => dialog.close() });
    const draw = () => {
      const left = unsent.left();
      if (!left.length) { dialog.close("sent"); return; }
      title.textContent = say("unsentTitle", left.length);
      told.replaceChildren(...reasons(left, ended), ...places(left), make("p", {}, text("unsentLost"), typed().length ? ` ${text("unsentTyped")}` : ""));
      stay.textContent = text(left.some(sendable) ? "unsentStay" : "unsentLook");
    };
    const dialog = make("dialog", { class: "dialog", "aria-labelledby": "unsent-title", "aria-describedby": "unsent-text", close: () => { enough(); resolve(Boolean(dialog.returnValue)); } },
      title, told,
      make("div", { class: "dialog-buttons dialog-choice" }, stay,
        make("button", { type: "button", class: "btn btn-outline btn-bad", click: () => dialog.close("drop") }, text("unsentDrop"))));
    const enough = unsent.watch(draw);
    draw();
    openDialog(dialog);
  });
}

const sendable = (edit) => !edit.held && edit.refused === undefined;

function* reasons(left, ended) {
  const held = left.filter((edit) => edit.held).length;
  const refused = left.filter((edit) => edit.refused !== undefined);
  if (left.some(sendable)) yield make("p", {}, text(ended ? "unsentEnded" : "unsentWaits"));
  if (held) yield make("p", {}, say("unsentHeld", held));
  if (refused.length) yield make("p", {}, [say("unsentRefused", refused.length), ...new Set(refused.map((edit) => edit.refused))].join(" "));
}

// Where they were typed, unless it is all on this very page.
function* places(left) {
  const found = new Map();
  for (const { where } of left) {
    if (!/^\/(?!\/)/.test(where?.path ?? "")) continue;
    found.set(where.path, { title: where.title, n: (found.get(where.path)?.n ?? 0) + 1 });
  }
  if (![...found.keys()].some((path) => path !== location.pathname)) return;
  yield make("ul", {}, ...[...found].map(([path, { title, n }]) => make("li", {}, make("a", { href: path }, title || path), `: ${n}`)));
}
