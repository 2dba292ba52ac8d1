// Comfort on the page of a topic: a quotation goes into the answer below, names are offered after @,
// and what was on the screen is remembered as read. Without it links and buttons do the same.
import { send } from "../core/net.js";
import { make } from "../core/dom.js";

const answer = document.querySelector("#reply textarea");

function insert(area, text) {
  const before = area.value.trimEnd();
  area.value = (before ? `${before}\n\n` : "") + text;
  area.dispatchEvent(new Event("input", { bubbles: true }));
  area.focus();
  area.setSelectionRange(area.value.length, area.value.length);
  area.scrollIntoView({ block: "center" });
}

for (const link of document.querySelectorAll("a[data-quote]")) {
  link.addEventListener("click", async (event) => {
    if (!answer || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    try {
      const response = await fetch(link.href, { headers: { Accept: "application/json" }, credentials: "same-origin" });
      if (!response.ok) throw new Error(String(response.status));
      insert(answer, (await response.json()).text);
    } catch {
      location.href = link.href;
    }
  });
}

// --- how far one has read: the lowest message that was on the screen for a moment ---------------
const thread = document.querySelector("#thread");
if (thread) {
  document.querySelector("#read-button")?.remove();
  let seen = Number(thread.dataset.seen);
  let told = seen;
  let timer;
  const tell = () => {
    timer = null;
    if (seen <= told) return;
    told = seen;
    send(thread.dataset.read, { number: seen }, { keepalive: true });
  };
  // The foot of a message on the screen means that it was read to its end.
  const feet = new Map();
  const watcher = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      seen = Math.max(seen, feet.get(target));
      watcher.unobserve(target);
    }
    if (seen > told) timer ??= setTimeout(tell, 1200);
  });
  for (const message of thread.querySelectorAll("[data-unread]")) {
    const foot = message.querySelector(".forum-foot");
    feet.set(foot, Number(message.id.slice(1)));
    watcher.observe(foot);
  }
  addEventListener("pagehide", tell);
}

// --- names after @ -----------------------------------------------------------------------------
if (answer?.dataset.people) {
  const box = answer.parentElement;
  box.classList.add("forum-suggest");
  const list = make("ul", { class: "forum-names", role: "listbox", id: "forum-names", hidden: true });
  box.append(list);
  answer.setAttribute("aria-controls", "forum-names");
  answer.setAttribute("aria-autocomplete", "list");
  let asked = 0;
  let timer;
  const word = () => /(?:^|[^\p{L}\d_@])@([\p{L}-]{1,40})$/u.exec(answer.value.slice(0, answer.selectionStart))?.[1];
  const close = () => { list.hidden = true; list.replaceChildren(); answer.removeAttribute("aria-activedescendant"); };
  const items = () => [...list.children];
  const chosen = () => items().find((item) => item.getAttribute("aria-selected") === "true");
  const choose = (item) => {
    for (const one of items()) one.setAttribute("aria-selected", String(one === item));
    answer.setAttribute("aria-activedescendant", item.id);
  };
  const take = (item) => {
    const typed = word() ?? "";
    const at = answer.selectionStart;
    answer.setRangeText(`${item.textContent} `, at - typed.length, at, "end");
    answer.dispatchEvent(new Event("input", { bubbles: true }));
    close();
    answer.focus();
  };
  answer.addEventListener("input", () => {
    clearTimeout(timer);
    const typed = word();
    if (!typed) { close(); return; }
    timer = setTimeout(async () => {
      const number = ++asked;
      const response = await fetch(`${answer.dataset.people}?q=${encodeURIComponent(typed)}`, { headers: { Accept: "application/json" }, credentials: "same-origin" }).catch(() => null);
      const names = response?.ok ? (await response.json()).names : [];
      if (number !== asked || !word()) return;
      close();
      for (const [n, name] of names.entries()) {
        const item = make("li", { role: "option", id: `forum-name-${n}`, "aria-selected": "false" }, name);
        item.addEventListener("mousedown", (event) => { event.preventDefault(); take(item); });
        list.append(item);
      }
      list.hidden = !names.length;
      if (names.length) choose(list.firstElementChild);
    }, 200);
  });
  answer.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    const all = items();
    const at = all.indexOf(chosen());
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      choose(all[(at + (event.key === "ArrowDown" ? 1 : all.length - 1)) % all.length]);
    } else if (event.key === "Enter" || event.key === "Tab") take(all[at] ?? all[0]);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });
  answer.addEventListener("blur", close);
}
