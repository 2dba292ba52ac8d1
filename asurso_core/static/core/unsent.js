// What scripts keep in this browser until the server has taken it. A plugin takes part by its names:
// a thing that waits is one key of localStorage, `<plugin>-edit:<login>:…`, whose JSON may tell
// `where: {title, path}` it was typed and `held: true` when the person has to decide first;
// static/<plugin>/queue.js exports flush(), listen(hear) and start(), and shows refusals itself.
const { user } = document.body.dataset;
const refused = []; // What the server did not take while this page tried to sign out.
const hearers = new Set();

const ownerOf = (key) => /^([a-z_]+)-edit:/.exec(key)?.[1];
const read = (key) => { try { return JSON.parse(localStorage.getItem(key)) ?? {}; } catch { return {}; } };

function keys() {
  try {
    return Object.keys(localStorage).filter((key) => user && ownerOf(key) && key.startsWith(`${ownerOf(key)}-edit:${user}:`));
  } catch {
    return []; // A browser that keeps nothing has nothing to lose.
  }
}

// All that would be lost: what waits, and what was refused a moment ago and nobody has read yet.
export const left = () => [...keys().map(read), ...refused];

// Runs whenever something was answered, until the returned function is called.
export function watch(run) {
  hearers.add(run);
  return () => hearers.delete(run);
}

function hear(kind, edit, result) {
  if (kind === "refused") refused.push({ ...edit, refused: result?.message ?? "" });
  for (const run of hearers) run();
}

// On a page of another plugin the queue is fetched first; without a network that may fail.
async function queues() {
  const owners = new Set(keys().map(ownerOf));
  const found = await Promise.all([...owners].map((owner) => import(`../${owner}/queue.js`).catch(() => null)));
  return found.filter(Boolean);
}

// One try to send everything. Who signs out again has read what was refused before.
export async function send() {
  refused.length = 0;
  for (const queue of await queues()) {
    queue.listen(hear);
    await queue.flush();
  }
}

// Goes on sending, also after a pause and when the network returns.
export async function keepSending() {
  refused.length = 0;
  const found = await queues();
  for (const queue of found) queue.start();
  if (!found.length && keys().length) addEventListener("online", keepSending, { once: true });
}

export function drop() {
  refused.length = 0;
  for (const key of keys()) localStorage.removeItem(key);
}
