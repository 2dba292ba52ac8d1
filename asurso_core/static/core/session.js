// The session of the signed-in person: a warning before it ends, and signing in again in place.
import { hear, lastContact, tell } from "./contact.js";
import { make, openDialog } from "./dom.js";
import { clearDrafts } from "./drafts.js";
import { leave } from "./leaving.js";
import { send, setToken } from "./net.js";
import { text } from "./texts.js";

const { user, idle, ping, reenter, signIn } = document.body.dataset;
const limit = Number(idle) * 60_000;
const early = Math.min(120_000, limit / 2);
let active = Date.now(); // When the person last touched the page.
let warning = null;
let asking = null;

function warn() {
  if (warning || asking) return;
  const stay = async () => { await pingServer(); warning?.close(); };
  const out = async () => { if (!(await leave())) warning?.close(); };
  warning = openDialog(make("dialog", { class: "dialog", "aria-labelledby": "idle-title", close: () => { warning = null; stayQuietly(); } },
    make("h2", { id: "idle-title" }, text("idleTitle")),
    make("p", {}, text("idleText")),
    make("div", { class: "dialog-buttons" },
      make("button", { type: "button", class: "btn btn-primary", autofocus: true, click: stay }, text("idleStay")),
      make("button", { type: "button", class: "btn btn-quiet", click: out }, text("signOut")))));
}

// Closing the warning with Esc is also a sign of life.
function stayQuietly() {
  if (Date.now() - lastContact() > limit - early && !asking) pingServer();
}

async function pingServer() {
  const answer = await send(ping);
  if (answer.status === 401) askPassword();
}

// Another tab signs out: a moment later this one looks whether it came true, and leaves too.
function follow() {
  for (const pause of [1000, 4000]) {
    setTimeout(async () => {
      if ((await send(ping)).status !== 401) return;
      clearDrafts();
      for (const form of document.querySelectorAll("form.changed")) form.classList.remove("changed");
      location.replace(signIn);
    }, pause);
  }
}

function look() {
  if (asking) return;
  const silent = Date.now() - lastContact();
  const working = Date.now() - active < Math.min(silent, limit - early);
  if (working) {
    // Somebody who works without a network is not shut out of the page: typing waits for it.
    if (silent > limit / 3) pingServer();
  } else if (silent >= limit) askPassword();
  else if (silent >= limit - early) warn();
  else if (warning) { const old = warning; warning = null; old.close(); }
}

export function watchSession() {
  if (!user) return;
  hear("leaving", (news) => { if (news.user === user) follow(); });
  if (!limit) return;
  for (const kind of ["keydown", "pointerdown", "input"]) {
    addEventListener(kind, () => { if (!warning) active = Date.now(); }, { passive: true, capture: true });
  }
  setInterval(look, Math.min(15_000, early / 4));
  document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
}

// Asks for the password over the page. Resolves to true when the person is signed in again (here or
// in another tab); there is no other way on than signing out, so that nobody reads a left screen.
export function askPassword() {
  asking ??= new Promise((resolve) => {
    const old = warning;
    warning = null;
    old?.close();
    const input = make("input", { class: "form-control", type: "password", id: "ask-password", autocomplete: "current-password", autofocus: true, "aria-describedby": "ask-error" });
    const error = make("div", { class: "field-error", id: "ask-error", role: "alert" });
    const button = make("button", { type: "submit", class: "btn btn-primary" }, text("askButton"));
    const dialog = make("dialog", { class: "dialog dialog-lock", "aria-labelledby": "ask-title", cancel: (event) => event.preventDefault(), close: settle },
      make("form", { method: "dialog", novalidate: true, submit: attempt },
        make("h2", { id: "ask-title" }, text("askTitle")),
        make("p", { class: "muted" }, text("askText")),
        make("input", { type: "hidden", name: "login", autocomplete: "username", value: user }),
        make("p", {}, make("strong", {}, user)),
        make("div", { class: "field" }, make("label", { class: "form-label", for: "ask-password" }, text("askPassword")), input, error),
        make("div", { class: "dialog-buttons" }, button, make("button", { type: "button", class: "btn btn-quiet", click: out }, text("signOut")))));

    async function out() {
      if (!(await leave())) input.focus();
    }
    async function attempt(event) {
      event.preventDefault();
      if (!input.value) { refuse(text("askEmpty")); return; }
      button.disabled = true;
      const answer = await send(reenter, { login: user, password: input.value });
      button.disabled = false;
      if (!answer.ok || answer.data?.ok === false) {
        refuse(answer.offline || answer.status === 429 || answer.status >= 500 ? answer.error.message : text("askWrong"));
        return;
      }
      setToken(answer.data?.csrf_token);
      tell("entered", { user, token: answer.data?.csrf_token });
      done();
    }
    function refuse(message) {
      error.textContent = message;
      input.setAttribute("aria-invalid", "true");
      input.classList.add("is-invalid");
      input.select();
      input.focus();
    }
    function done() {
      asking = null;
      hear("entered", null);
      dialog.close();
      resolve(true);
    }
    // Browsers close a dialog on the second Esc whatever the page says: it opens again.
    function settle() {
      if (asking) dialog.showModal();
      else dialog.remove();
    }
    hear("entered", (news) => { if (news.user === user) { setToken(news.token); done(); } });
    document.body.append(dialog);
    dialog.showModal();
  });
  return asking;
}
