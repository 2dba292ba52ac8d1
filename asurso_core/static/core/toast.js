// Short messages at the edge of the screen, read aloud by screen readers.
import { make } from "./dom.js";
import { text } from "./texts.js";

// kind: "note" or "bad"; action: {label, run} adds a button. Bad ones and ones with a button wait
// to be closed by hand.
export function toast(message, kind = "note", action = null) {
  const place = document.getElementById("toasts");
  const line = make("div", { class: `toast-line toast-${kind}` }, make("span", {}, message));
  const close = () => line.remove();
  if (action) {
    const run = () => { close(); action.run(); };
    line.append(make("button", { type: "button", class: "btn", click: run }, action.label));
  }
  line.append(make("button", { type: "button", class: "btn", click: close }, text("close")));
  place.append(line);
  if (kind !== "bad" && !action) setTimeout(close, 6000);
  return close;
}
