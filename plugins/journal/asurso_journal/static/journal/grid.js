// The journal's grid under the fingers: arrows move, what is typed goes into the cell, Del empties,
// Ctrl+Z takes back, a column pasted from a spreadsheet fills the column. Every cell saves itself;
// queue.js carries the edits, this file shows where each of them is.
import { make, openDialog } from "../core/dom.js";
import { post } from "../core/net.js";
import { toast } from "../core/toast.js";
import * as queue from "./queue.js";

const page = JSON.parse(document.getElementById("journal-page").textContent);
const words = page.texts;
const table = document.getElementById("grid");
// In the order of the cells; ro is the reason why a column is closed, or nothing.
const columns = page.columns.map(([lesson, assignment, main, reason]) =>
  ({ lesson, assignment, main: main === 1, ro: reason ? page.reasons[reason - 1] : "" }));
// Behind the columns of the lessons and the figures stands the mark of the study period.
const width = columns.length;
if (page.final) columns.push({ slot: page.final.slot, group: page.group, ro: page.final.closed });
const isFinal = (c) => c === width;
const rows = [...table.tBodies[0].rows].filter((row) => row.cells[0].dataset.p || row.querySelector("[data-p]"));
const first = rows.length ? [...rows[0].cells].findIndex((cell) => cell.tagName === "TD") : 0;
const live = document.getElementById("journal-live");
const stateLine = document.getElementById("journal-state");
const undone = []; // {row, column, before}: what Ctrl+Z brings back; then the server is asked
let editor = null;
let at = null;

const cellAt = (r, c) => rows[r]?.cells[first + c + (isFinal(c) ? page.tail.length : 0)];
const pupilOf = (r) => Number((rows[r].querySelector("[data-p]") ?? rows[r].cells[0]).dataset.p);
const rowOfPupil = new Map(rows.map((_row, r) => [pupilOf(r), r]));
const columnOf = new Map(columns.map((column, c) => [keyOf(column), c]));
function keyOf(column) { return column.slot ? `f${column.group}:${column.slot}` : `${column.lesson}:${column.main ? 0 : column.assignment}`; }
const nameOf = (r) => [...rows[r].cells[first - 1].childNodes].filter((node) => !["I", "ABBR"].includes(node.nodeName)).map((node) => node.textContent).join("");
const textOf = (cell) => cell.dataset.text ?? cell.textContent.trim();
// A filled cell that came without its version has been written once (grid.py).
for (const row of rows) {
  for (let c = 0; c < columns.length; c += 1) {
    const cell = row.cells[first + c + (isFinal(c) ? page.tail.length : 0)];
    if (cell?.firstChild && !cell.dataset.v) cell.dataset.v = 1;
  }
}

// --- moving -------------------------------------------------------------------------------------

function place(r, c, focus = true) {
  if (!rows.length || !columns.length) return;
  const row = Math.max(0, Math.min(rows.length - 1, r));
  const column = Math.max(0, Math.min(columns.length - 1, c));
  const old = at && cellAt(at.r, at.c);
  if (old) { old.tabIndex = -1; old.removeAttribute("aria-selected"); mark(at.c, at.r, false); }
  at = { r: row, c: column };
  const cell = cellAt(row, column);
  cell.tabIndex = 0;
  cell.setAttribute("aria-selected", "true");
  mark(column, row, true);
  if (focus) { cell.focus({ preventScroll: true }); reveal(cell); }
}

function mark(c, r, on) {
  rows[r].classList.toggle("here", on);
  document.querySelector(`#grid [data-c="${c}"]`)?.classList.toggle("here", on);
}

// Scrolls the grid so that the cell is not under a frozen column.
function reveal(cell, page_too = true) {
  const box = table.parentElement;
  const frame = box.getBoundingClientRect();
  const mine = cell.getBoundingClientRect();
  const left = frame.left + rows[0].cells[first - 1].getBoundingClientRect().right - frame.left;
  if (cell.cellIndex >= first + width) { if (page_too) cell.scrollIntoView({ block: "nearest", inline: "nearest" }); return; }
  const tail = rows[0].cells[first + width];
  const right = tail && getComputedStyle(tail).position === "sticky" ? tail.getBoundingClientRect().left : frame.right;
  if (mine.left < left) box.scrollLeft -= left - mine.left + 8;
  else if (mine.right > right) box.scrollLeft += mine.right - right + 8;
  if (page_too) cell.scrollIntoView({ block: "nearest", inline: "nearest" });
}

// --- what stands in a cell ----------------------------------------------------------------------

function show(cell, value) {
  const parts = value.split("/");
  cell.textContent = value;
  cell.classList.toggle("dot", value === "•" || value === ".");
  if (value === ".") cell.textContent = "•";
  cell.classList.remove("m2", "m3", "m4", "m5", "abs");
  if (page.codes.includes(parts[0])) cell.classList.add("abs");
  const mark = parts.at(-1);
  if (/^\d{1,3}$/.test(mark)) cell.classList.add(`m${levelOf(Number(mark))}`);
}

// The level of a mark for its colour: 5, 4, 3 or 2, on any scale.
function levelOf(points) {
  const place = page.scale.least.findIndex((least) => points >= least);
  return place < 0 ? 2 : 5 - place;
}

// A figure that no longer mark begins with is a whole mark.
function isWhole(key) {
  const { lowest, highest, typed } = page.scale;
  const points = Number(key);
  return typed && /^\d$/.test(key) && points >= lowest && points <= highest && points * 10 > highest;
}

function setState(cell, state, message = "") {
  cell.dataset.state = state;
  if (message) cell.title = message; else cell.removeAttribute("title");
  if (state === "saved") setTimeout(() => { if (cell.dataset.state === "saved") delete cell.dataset.state; }, 2500);
  summary();
}

let touched = false;
function summary() {
  const left = queue.waiting();
  const held = left.filter((edit) => edit.held).length;
  const kind = held ? "conflict" : left.length ? (navigator.onLine ? "waiting" : "offline") : "saved";
  if (kind === "saved" && !touched) return; // Until something was typed the line tells how.
  touched = true;
  stateLine.dataset.state = kind;
  stateLine.textContent = words[kind === "saved" ? "allSaved" : kind].replace("%(n)s", String(held || left.length));
}

const refusal = (r, c) => {
  const cell = cellAt(r, c);
  if (cell.classList.contains("out")) return words.out;
  return columns[c].ro || null;
};

function write(r, c, value, remember = true, op = queue.newOp()) {
  const cell = cellAt(r, c);
  const no = refusal(r, c);
  if (no) { toast(no, "bad"); return false; }
  const before = textOf(cell);
  const wanted = isFinal(c) ? value.trim().toLowerCase() : normal(value);
  if (before === wanted || (before === "•" && wanted === ".")) return true;
  if (remember) undone.push({ r, c, before: before === "•" ? "." : before });
  if (undone.length > 100) undone.shift();
  show(cell, wanted);
  queue.put({ op, ...placeOf(r, c), value: wanted, version: Number(cell.dataset.v ?? 0) });
  return true;
}

// Where an edit belongs, as the queue carries it.
function placeOf(r, c) {
  const where = { url: page.editsUrl, group: page.group, pupil: pupilOf(r) };
  if (isFinal(c)) return { ...where, slot: columns[c].slot };
  return { ...where, lesson: columns[c].lesson, assignment: columns[c].assignment || null, main: columns[c].main };
}

// What is typed, as the server would write it; the server judges, this only spares a flicker.
const LATIN = { b: "б", "`": "ё", y: "у", n: "н", o: "о", p: "п" };
function normal(value) {
  const text = value.trim().replace(/\s*[/\\]\s*/g, "/");
  if (text === "" || text === "." || text === "•") return text === "•" ? "." : text;
  return text.split("/").map((part) => {
    const up = part.toUpperCase();
    if (page.codes.includes(up)) return up;
    return up === "Н" && page.absent ? page.absent : part.toLowerCase();
  }).join("/");
}

// --- the editor: one input over the cell --------------------------------------------------------

function open(initial = null) {
  const { r, c } = at;
  const no = refusal(r, c);
  if (no) { toast(no, "bad"); return; }
  const cell = cellAt(r, c);
  const before = textOf(cell);
  editor = make("input", {
    class: "cell-editor", type: "text", maxlength: "20", autocomplete: "off", autocapitalize: "off",
    spellcheck: "false", "aria-label": cell.getAttribute("aria-label") ?? words.editor,
  });
  editor.value = initial ?? (before === "•" ? "." : before);
  cell.textContent = "";
  cell.append(editor);
  if (initial === null) editor.select();
  editor.addEventListener("blur", () => close(true));
  editor.addEventListener("keydown", editing);
  editor.focus({ preventScroll: true });
  if (initial !== null) editor.setSelectionRange(initial.length, initial.length);
  editor.dataset.before = before;
}

function close(keep) {
  if (!editor) return;
  const input = editor;
  editor = null;
  const cell = input.closest("td");
  const value = input.value;
  input.remove();
  show(cell, input.dataset.before);
  if (keep) write(at.r, at.c, value);
}

function editing(event) {
  const { key } = event;
  event.stopPropagation();
  if (key === "Enter" || key === "Tab") {
    event.preventDefault();
    const { r, c } = at;
    close(true);
    place(r + (key === "Enter" ? (event.shiftKey ? -1 : 1) : 0), c + (key === "Tab" ? (event.shiftKey ? -1 : 1) : 0));
  } else if (key === "Escape") {
    event.preventDefault();
    close(false);
    place(at.r, at.c);
  } else if (key === "ArrowUp" || key === "ArrowDown") {
    event.preventDefault();
    const { r, c } = at;
    close(true);
    place(r + (key === "ArrowDown" ? 1 : -1), c);
  }
}

const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], Enter: [1, 0] };

table.addEventListener("keydown", (event) => {
  const cell = event.target.closest("td");
  if (!cell || editor || !at || cell !== cellAt(at.r, at.c)) return;
  const { key } = event;
  const ctrl = event.ctrlKey || event.metaKey;
  if (ctrl && (key === "z" || key === "я" || event.code === "KeyZ")) { event.preventDefault(); undo(); return; }
  if (ctrl || event.altKey) {
    if (ctrl && key === "Home") { event.preventDefault(); place(0, 0); }
    if (ctrl && key === "End") { event.preventDefault(); place(rows.length - 1, columns.length - 1); }
    return;
  }
  if (MOVES[key]) {
    event.preventDefault();
    place(at.r + MOVES[key][0], at.c + MOVES[key][1]);
  } else if (key === "Home" || key === "End") {
    event.preventDefault();
    place(at.r, key === "Home" ? 0 : columns.length - 1);
  } else if (key === "PageUp" || key === "PageDown") {
    event.preventDefault();
    place(at.r + (key === "PageUp" ? -10 : 10), at.c);
  } else if (key === "Delete" || key === "Backspace") {
    event.preventDefault();
    write(at.r, at.c, "");
  } else if (key === "F2" || key === " ") {
    event.preventDefault();
    open();
  } else if (isWhole(key)) {
    // Such a mark is saved at once and the cursor goes on down the list.
    event.preventDefault();
    const { r, c } = at;
    if (write(r, c, withCode(r, c, key))) place(r + 1, c);
  } else if (key.length === 1) {
    event.preventDefault();
    open(key);
  } else if (key === "ContextMenu" || (event.shiftKey && key === "F10")) {
    event.preventDefault();
    menu(at.r, at.c);
  }
});

// A mark typed over an absence stands beside it: he was ill and did the work later.
function withCode(r, c, mark) {
  if (isFinal(c)) return mark;
  const code = textOf(cellAt(r, c)).split("/")[0];
  return page.codes.includes(code) && page.codesWithMark.includes(code) ? `${code}/${mark}` : mark;
}

table.addEventListener("click", (event) => {
  const cell = event.target.closest("td");
  const found = cell && find(cell);
  if (!found || editor?.closest("td") === cell) return;
  if (editor) close(true);
  const again = at && at.r === found.r && at.c === found.c;
  place(found.r, found.c);
  if (again || cell.dataset.state === "conflict") menu(found.r, found.c);
});
table.addEventListener("dblclick", (event) => { if (find(event.target.closest("td"))) { closeMenu(); open(); } });
table.addEventListener("contextmenu", (event) => {
  const found = find(event.target.closest("td"));
  if (!found) return;
  event.preventDefault();
  place(found.r, found.c);
  menu(found.r, found.c);
});

function find(cell) {
  if (!cell) return null;
  const r = rows.indexOf(cell.parentElement);
  const c = cell.cellIndex - first - (cell.cellIndex === first + width + page.tail.length ? page.tail.length : 0);
  if (c >= width && !(page.final && cell === cellAt(r, width))) return null;
  return r >= 0 && c >= 0 && c < columns.length ? { r, c } : null;
}

// What waits to be sent is taken back here; everything else by the server (services/undoing.py), which
// remembers comments and reasons too and knows by the name of the operation what takes what back.
async function undo() {
  const last = undone.pop();
  if (last && queue.waiting().length) {
    place(last.r, last.c);
    write(last.r, last.c, last.before, false, `undo.${queue.newOp()}`);
    return;
  }
  if (queue.waiting().length) { toast(words.undoLater); return; }
  const answer = await post(page.undoUrl, {});
  const result = answer.data?.results?.[0];
  if (!result) { toast(answer.error?.message ?? answer.data?.message ?? words.nothingToUndo); return; }
  const r = rowOfPupil.get(result.pupil);
  const c = columns.findIndex((column) => result.slot ? column.slot === result.slot : column.lesson === result.lesson &&
    (column.assignment === result.assignment || (column.main && !result.assignment)));
  if (result.state !== "saved" || r === undefined || c < 0) {
    toast(result.message || words.undoneElsewhere, result.state === "saved" ? undefined : "bad");
    return;
  }
  const cell = cellAt(r, c);
  place(r, c);
  show(cell, result.value);
  cell.classList.toggle("c", Boolean(result.comment));
  cell.dataset.v = result.version;
  averages(result.averages);
  setState(cell, "saved");
}

// --- pasting a column ---------------------------------------------------------------------------

table.addEventListener("paste", (event) => {
  if (editor || !at) return;
  const lines = event.clipboardData.getData("text/plain").replace(/\r\n?/g, "\n").replace(/\n$/, "").split("\n").map((line) => line.split("\t"));
  event.preventDefault();
  let done = 0;
  const { r, c } = at;
  lines.forEach((line, down) => line.forEach((value, right) => {
    // A block of lessons never runs over into the marks of the period.
    if (r + down >= rows.length || c + right >= (isFinal(c) ? columns.length : width) || refusal(r + down, c + right)) return;
    if (write(r + down, c + right, value)) done += 1;
  }));
  toast(words.pasted.replace("%(n)s", String(done)));
});

// --- the menu of a cell -------------------------------------------------------------------------

let shown = null;
function closeMenu() { shown?.remove(); shown = null; }

function menu(r, c) {
  closeMenu();
  const cell = cellAt(r, c);
  const conflict = queue.waiting().find((edit) => edit.held && edit.pupil === pupilOf(r) && keyOf(edit) === keyOf(columns[c]));
  if (conflict) { settle(conflict, cell); return; }
  const no = refusal(r, c);
  const put = (value) => () => { closeMenu(); write(r, c, value); place(r, c); };
  const button = (label, run, extra = {}) => make("button", { type: "button", class: "btn btn-outline", click: run, ...extra }, label);
  const history = isFinal(c) ? `${page.final.why}/${pupilOf(r)}/${columns[c].slot}` : `${page.historyUrl}/${columns[c].lesson}/${columns[c].main ? 0 : columns[c].assignment}/${pupilOf(r)}`;
  shown = make("dialog", { class: "dialog cell-menu", "aria-label": words.menu },
    make("p", { class: "cell-menu-who" }, nameOf(r)),
    no ? make("p", { class: "muted" }, no) : make("div", { class: "cell-menu-keys" },
      ...page.scale.keys.map((mark) => button(mark, put(withCode(r, c, mark)))),
      ...(isFinal(c) ? page.final.words.map((word) => button(word, put(word))) : []),
      ...(columns[c].main ? page.codesOffered.map((code) => button(code, put(code), { title: page.codeNames[code] })) : []),
      ...(isFinal(c) ? [] : [button("•", put("."), { title: words.dot })]), button(words.clear, put(""))),
    ...(no || !(isFinal(c) ? /./ : /[0-9•]|зач|нз/).test(textOf(cell)) ? [] : [commentForm(r, c)]),
    make("div", { class: "dialog-buttons" },
      make("a", { class: "btn btn-quiet", href: history }, isFinal(c) ? words.how : words.history),
      make("button", { type: "button", class: "btn btn-quiet", click: () => shown.close() }, words.close)));
  shown.addEventListener("close", () => { shown = null; cell.focus({ preventScroll: true }); });
  openDialog(shown);
}

// A comment goes with the mark to the family; an empty one takes an earlier comment away. Beside a
// mark of the period it is the reason why that differs from the suggestion.
function commentForm(r, c) {
  const input = make("input", { class: "form-control", id: "cell-comment", maxlength: isFinal(c) ? "255" : "500", autocomplete: "off" });
  const save = (event) => {
    event.preventDefault();
    const cell = cellAt(r, c);
    const text = textOf(cell);
    queue.put({
      op: queue.newOp(), ...placeOf(r, c), value: text === "•" ? "." : text, version: Number(cell.dataset.v ?? 0),
      [isFinal(c) ? "reason" : "comment"]: input.value.trim(),
    });
    cell.classList.toggle("c", input.value.trim() !== "");
    shown.close();
  };
  return make("form", { class: "field", submit: save },
    make("label", { class: "form-label", for: "cell-comment" }, isFinal(c) ? words.reason : words.comment), input,
    make("p", { class: "cell-menu-save" }, make("button", { type: "submit", class: "btn btn-outline" }, isFinal(c) ? words.saveReason : words.saveComment)));
}

function settle(edit, cell) {
  const dialog = make("dialog", { class: "dialog", "aria-labelledby": "conflict-title" },
    make("h2", { id: "conflict-title" }, words.conflictTitle),
    make("p", {}, edit.theirs.message ?? ""),
    make("dl", { class: "facts" },
      make("div", {}, make("dt", {}, words.theirs), make("dd", {}, edit.theirs.value || "—")),
      make("div", {}, make("dt", {}, words.mine), make("dd", {}, edit.value || "—"))),
    make("div", { class: "dialog-buttons" },
      make("button", { type: "button", class: "btn btn-primary", click: () => {
        queue.giveUp(edit.op);
        show(cell, edit.theirs.value);
        cell.dataset.v = edit.theirs.version;
        delete cell.dataset.state;
        dialog.close();
        summary();
      } }, words.keepTheirs),
      make("button", { type: "button", class: "btn btn-outline", click: () => { queue.insist(edit.op, queue.newOp()); dialog.close(); } }, words.putMine)));
  dialog.addEventListener("close", () => cell.focus({ preventScroll: true }));
  openDialog(dialog);
}

// --- news of the queue --------------------------------------------------------------------------

function averages(found) {
  for (const [pupil, numbers] of Object.entries(found ?? {})) {
    const row = rows[rowOfPupil.get(Number(pupil))];
    if (!row) continue;
    for (const [name, value] of Object.entries(numbers)) {
      const cell = row.querySelector(`[data-avg="${name}"]`) ?? row.cells[first + width + page.tail.indexOf(name)];
      if (cell && (page.tail.includes(name) || cell.dataset.avg)) (cell.querySelector("b") ?? cell).textContent = value || "";
    }
  }
}

queue.listen((kind, edit, result) => {
  const r = rowOfPupil.get(edit.pupil);
  const c = columnOf.get(keyOf(edit));
  const cell = r === undefined || c === undefined ? null : cellAt(r, c);
  if (kind === "saved") {
    averages(result.averages);
    if (columns[c] && result.assignment && columns[c].main) columns[c].assignment = result.assignment;
  }
  if (!cell) { summary(); return; }
  if (kind === "saved") {
    cell.dataset.v = result.version;
    const more = queue.waiting().some((other) => other.pupil === edit.pupil && keyOf(other) === keyOf(edit));
    if (!more && !editor?.closest("td")?.isSameNode(cell)) show(cell, result.value);
    setState(cell, more ? "waiting" : "saved");
  } else if (kind === "refused") {
    if (result.value !== undefined && result.value !== null) show(cell, result.value);
    if (result.version) cell.dataset.v = result.version;
    setState(cell, "refused", result.message);
  } else if (kind === "conflict") {
    setState(cell, "conflict", result.message);
    live.textContent = result.message;
    toast(result.message, "bad", { label: words.decide, run: () => menu(r, c) });
  } else {
    setState(cell, kind, result?.message);
  }
});

// What waits from an earlier page is shown in its cells before it is sent.
for (const edit of queue.waiting()) {
  const r = rowOfPupil.get(edit.pupil);
  const c = columnOf.get(keyOf(edit));
  if (r === undefined || c === undefined) continue;
  show(cellAt(r, c), edit.value);
  setState(cellAt(r, c), edit.held ? "conflict" : "waiting");
}
for (const kind of ["online", "offline"]) addEventListener(kind, summary);
// The cursor waits at today's lesson, or at the last one that is open; the page itself stays put.
const lessons = columns.slice(0, width);
const heads = [...document.querySelectorAll("#grid col")].slice(1, 1 + width);
const today = heads.findIndex((col) => col.classList.contains("today"));
const open_ = today >= 0 ? today : lessons.findLastIndex((column) => !column.ro);
place(0, open_ >= 0 ? open_ : width - 1, false);
reveal(cellAt(at.r, at.c), false);
queue.start();
summary();
