// When the server last heard from this person, shared by all tabs; and news between tabs.
const channel = "BroadcastChannel" in window ? new BroadcastChannel("asurso") : null;
const hearers = {};
let last = Date.now();

export const lastContact = () => last;

// Another request has just kept the session alive.
export function touch() {
  last = Date.now();
  tell("contact");
}

export function tell(kind, data = {}) {
  channel?.postMessage({ kind, ...data });
}

export function hear(kind, run) {
  hearers[kind] = run;
}

channel?.addEventListener("message", ({ data }) => {
  if (data.kind === "contact") last = Date.now();
  hearers[data.kind]?.(data);
});
