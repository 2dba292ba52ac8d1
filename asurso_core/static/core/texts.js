// Words for scripts, written into the page by core/_texts.html.
const block = document.getElementById("texts");
const words = block ? JSON.parse(block.textContent) : {};

export const text = (key) => words[key] ?? key;
