// Talking to the server in JSON. Every answer has one shape:
//   {ok: true, status, data} | {ok: false, status, error: {code, message, fields}} | {ok: false, offline: true}
import { touch } from "./contact.js";
import { text } from "./texts.js";

const token = () => document.querySelector('meta[name="csrf-token"]')?.content ?? "";

// Puts a fresh token into the page and all its forms (the old one died with the old session).
export function setToken(value) {
  if (!value) return;
  document.querySelector('meta[name="csrf-token"]').content = value;
  for (const input of document.querySelectorAll('input[name="csrf_token"]')) input.value = value;
}

// The page outlived its cookie (signed out elsewhere, signed in again in another tab): any page of the
// site brings a new token. Never when that page belongs to somebody else.
async function refreshToken() {
  try {
    const response = await fetch(document.body.dataset.signIn, { credentials: "same-origin" });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const { user } = page.body.dataset;
    if (user && user !== document.body.dataset.user) return false;
    const fresh = page.querySelector('meta[name="csrf-token"]')?.content;
    setToken(fresh);
    return Boolean(fresh);
  } catch {
    return false;
  }
}

// One request; repeated only when its token has grown old.
export async function send(url, data = {}, options = {}) {
  const answer = await sendOnce(url, data, options);
  return answer.error?.code === "token" && (await refreshToken()) ? sendOnce(url, data, options) : answer;
}

async function sendOnce(url, data, { signal, keepalive = false }) {
  let response;
  try {
    response = await fetch(url, {
      method: "POST", signal, keepalive, credentials: "same-origin", redirect: "manual",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token() },
      body: JSON.stringify(data),
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    return { ok: false, offline: true, status: 0, error: { code: "offline", message: text("offline"), fields: {} } };
  }
  const body = await response.json().catch(() => null);
  if (response.status !== 401 && body?.error?.code !== "token") touch();
  if (response.ok) return { ok: true, status: response.status, data: body };
  const told = body?.error ?? {};
  return {
    ok: false, status: response.status, data: body,
    error: { ...told, code: told.code ?? "failed", message: told.message ?? text("failed"), fields: told.fields ?? {} },
  };
}

// A request that survives the end of the session: asks for the password in place and repeats once.
export async function post(url, data = {}, options = {}) {
  const answer = await send(url, data, options);
  if (answer.status !== 401) return answer;
  const { askPassword } = await import("./session.js");
  return (await askPassword()) ? send(url, data, options) : answer;
}
