// The "what if" page counts by itself while marks are chosen: the server counts, its answer is put in place.
const form = document.getElementById("what-if-form");
let latest = 0;

async function count() {
  const mine = ++latest;
  const address = `${location.pathname}?${new URLSearchParams(new FormData(form))}`;
  try {
    const response = await fetch(address, { credentials: "same-origin" });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const told = page.getElementById("what-if-outcome");
    if (mine !== latest || !response.ok || !told) return;
    document.getElementById("what-if-outcome").replaceChildren(...told.childNodes);
    history.replaceState(null, "", address);
  } catch {
    // Without a network the button says so, as any page does.
  }
}

form.addEventListener("change", count);
