// Moves the bar of a running job; when its state changes, the page is read anew.
const place = document.querySelector("[data-job]");
const LIVELY = ["waiting", "running"];

async function look() {
  let answer;
  try {
    const response = await fetch(place.dataset.job, { headers: { Accept: "application/json" } });
    if (!response.ok) return;
    answer = await response.json();
  } catch {
    setTimeout(look, 10000); // no network just now
    return;
  }
  const bar = place.querySelector("progress");
  if (answer.state !== place.dataset.state || (answer.done !== null && !place.firstElementChild)) {
    location.reload();
    return;
  }
  if (bar && answer.percent !== null) bar.value = answer.percent;
  const words = place.querySelector(".muted");
  if (words) {
    const far = answer.percent === null ? `${answer.done}` : `${answer.percent} %`;
    words.textContent = answer.note ? `${far} · ${answer.note}` : far;
  }
  setTimeout(look, 2000);
}

if (place && LIVELY.includes(place.dataset.state)) setTimeout(look, 1500);
