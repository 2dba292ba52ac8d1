// Edits of journal cells on their way to the server. Each is kept in the browser until the server
// has answered it, so neither a lost network, a closed tab nor the end of a session loses one.
//
// An edit is {op, lesson, assignment, pupil, value, version}; the mark of a study period has
// {slot, group} instead of a lesson. Its operation id makes a repeat
// harmless; its version lets the server refuse it when somebody else was faster. One storage key
// holds one edit, so that two tabs never overwrite each other; a lock lets one tab send at a time.
// Edits belong to the login that typed them: nobody else's session ever sends them. Signing out
// (core/unsent.js) finds them by the names of their keys, and this module by its place.
import { post } from "../core/net.js";
import { toast } from "../core/toast.js";

const login = document.body.dataset.user;
const PREFIX = `journal-edit:${login}:`;
const BATCH = 60;
const hearers = new Set();
let pauseUntil = 0;
let failures = 0;
let timer = null;
let counter = 0;
let started = false;

const cellOf = (edit) => edit.slot ? `f${edit.group}:${edit.slot}:${edit.pupil}` : `${edit.lesson}:${edit.main ? 0 : edit.assignment}:${edit.pupil}`;
const keys = () => Object.keys(localStorage).filter((key) => key.startsWith(PREFIX)).sort();
const read = (key) => { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } };
const write = (key, edit) => localStorage.setItem(key, JSON.stringify(edit));
const tell = (kind, edit, result) => { for (const hear of hearers) hear(kind, edit, result); };

// hear(kind, edit, result): kind is waiting, sending, offline, saved, conflict or refused.
export function listen(hear) { hearers.add(hear); }

export const waiting = () => keys().map(read).filter(Boolean);

// The page where an edit is typed, for whoever is told about it somewhere else.
const here = () => ({ title: document.title.replace(/ · [^·]*$/, ""), path: location.pathname });

// Puts an edit into the line. An edit of the same cell that was not sent yet is replaced by it; one
// that is under way is followed by it, with the version that the server will answer.
export function put(edit) {
  const cell = cellOf(edit);
  for (const key of keys().reverse()) {
    const other = read(key);
    if (!other || cellOf(other) !== cell) continue;
    if (!other.sent) {
      // Its name is that of the later act: what takes another back is called so (undo.…).
      const merged = { ...other, op: edit.op, value: edit.value, comment: edit.comment ?? other.comment, reason: edit.reason ?? other.reason };
      write(`${key.slice(0, -other.op.length)}${edit.op}`, merged);
      localStorage.removeItem(key);
      tell("waiting", merged);
      schedule(0);
      return;
    }
    edit.after = other.op;
    break;
  }
  counter += 1;
  const place = `${String(Date.now()).padStart(15, "0")}-${String(counter).padStart(5, "0")}`;
  write(`${PREFIX}${place}-${edit.op}`, { where: here(), ...edit });
  tell("waiting", edit);
  schedule(0);
}

function schedule(delay) {
  clearTimeout(timer);
  timer = setTimeout(flush, Math.max(delay, pauseUntil - Date.now()));
}

// Sends what waits, oldest first, while there is something to send.
export async function flush() {
  if (!navigator.locks) return sendAll();
  return navigator.locks.request(`journal-edits:${login}`, sendAll);
}

async function sendAll() {
  while (keys().length) {
    const batch = nextBatch();
    if (!batch.length || !(await sendBatch(batch))) return;
  }
}

function nextBatch() {
  const batch = [];
  const cells = new Set();
  for (const key of keys()) {
    const edit = read(key);
    if (!edit) { localStorage.removeItem(key); continue; }
    const cell = cellOf(edit);
    // After a conflict nothing more of that cell is sent until the person has decided.
    if (!edit.held && !cells.has(cell)) batch.push([key, edit]);
    cells.add(cell);
    if (batch.length >= BATCH) break;
  }
  return batch;
}

async function sendBatch(batch) {
  for (const [key, edit] of batch) {
    edit.sent = true;
    write(key, edit);
    tell("sending", edit);
  }
  const edits = batch.map(([, edit]) => (edit.slot ? {
    op: edit.op, slot: edit.slot, group: edit.group, pupil: edit.pupil, value: edit.value, version: edit.version,
    ...(edit.reason === undefined ? {} : { reason: edit.reason }),
  } : {
    op: edit.op, lesson: edit.lesson, assignment: edit.assignment || null, pupil: edit.pupil,
    value: edit.value, version: edit.version, ...(edit.comment === undefined ? {} : { comment: edit.comment }),
  }));
  const answer = await post(batch[0][1].url, { user: login, edits });
  if (answer.ok && Array.isArray(answer.data?.results)) {
    failures = 0;
    const results = new Map(answer.data.results.map((result) => [result.op, result]));
    for (const [key, edit] of batch) settle(key, edit, results.get(edit.op));
    return true;
  }
  const final = answer.status >= 400 && answer.status < 500 && ![401, 408, 425, 429].includes(answer.status);
  if (final && answer.error.code !== "token" && answer.error.code !== "other_user") {
    // The whole request was not understood: tell it at each cell rather than repeat it for ever.
    for (const [key, edit] of batch) settle(key, edit, { state: "refused", message: answer.error.message });
    return true;
  }
  failures += 1;
  const pause = Math.min(30_000, 1000 * 2 ** Math.min(failures, 5));
  pauseUntil = Date.now() + pause;
  for (const [, edit] of batch) tell(answer.offline ? "offline" : "waiting", edit, { message: answer.error.message });
  schedule(pause);
  return false;
}

function settle(key, edit, result) {
  if (!result) return;
  const done = result.state === "saved" || result.state === "repeated";
  if (done || result.state !== "conflict") localStorage.removeItem(key);
  if (done) {
    carryVersion(edit, result);
    tell("saved", edit, result);
  } else if (result.state === "conflict") {
    if (localStorage.getItem(key) === null) return; // Signed out meanwhile: nothing of it comes back.
    const newest = followers(edit).map(read).pop();
    const held = { ...edit, value: newest?.value ?? edit.value, held: true, theirs: result };
    dropFollowers(edit);
    write(key, held);
    tell("conflict", held, result);
  } else {
    dropFollowers(edit);
    const elsewhere = edit.where && edit.where.path !== location.pathname;
    toast(elsewhere ? `${edit.where.title}: ${result.message}` : result.message, "bad");
    tell("refused", edit, result);
  }
}

const followers = (edit) => keys().filter((key) => read(key)?.after === edit.op);

function carryVersion(edit, result) {
  for (const key of followers(edit)) {
    const next = read(key);
    write(key, { ...next, version: result.version, assignment: result.assignment ?? next.assignment, after: null });
  }
}

function dropFollowers(edit) {
  for (const key of followers(edit)) {
    dropFollowers(read(key));
    localStorage.removeItem(key);
  }
}

const keyOf = (op) => keys().find((key) => key.endsWith(`-${op}`));

// The person takes the other's value: the own edit is dropped.
export function giveUp(op) {
  const key = keyOf(op);
  if (key) localStorage.removeItem(key);
}

// The person insists: the own value again, on top of the version that was shown.
export function insist(op, newOp) {
  const key = keyOf(op);
  const edit = key && read(key);
  if (!edit) return;
  localStorage.removeItem(key);
  put({ ...edit, op: newOp, version: edit.theirs.version, assignment: edit.theirs.assignment ?? edit.assignment, held: false, theirs: undefined, sent: false, after: null });
}

// A fresh operation id.
export function newOp() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// What an earlier page of this person left behind goes out now; so does everything after a pause.
export function start() {
  schedule(0);
  if (started) return;
  started = true;
  addEventListener("online", () => { pauseUntil = 0; schedule(0); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) schedule(0); });
}
