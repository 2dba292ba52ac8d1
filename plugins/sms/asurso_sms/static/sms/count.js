// How long a text is on the telephone network: the same counting as asurso_sms/alphabet.py.
// Fields with data-sms-count are followed while somebody types; data-sms-count names the element
// that tells the count, data-words how ("{parts} …, {places} …, {left} …, {price} …"),
// data-price the kopecks of a part, data-latin that the text goes out in Latin letters.

const GSM = new Set(
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
  "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà",
);
const EXTENSION = new Set("\f^{}\\[~]|€");
const ALONE = { gsm: 160, ucs2: 70 };
const JOINED = { gsm: 153, ucs2: 67 };
const LATIN = {
  а: "a", б: "b", в: "v", г: "g", д: "d", е: "e", ё: "yo", ж: "zh", з: "z", и: "i", й: "y",
  к: "k", л: "l", м: "m", н: "n", о: "o", п: "p", р: "r", с: "s", т: "t", у: "u", ф: "f",
  х: "kh", ц: "ts", ч: "ch", ш: "sh", щ: "shch", ъ: "", ы: "y", ь: "", э: "e", ю: "yu", я: "ya",
  "«": '"', "»": '"', "„": '"', "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "№": "N",
  "\u00a0": " ", "\u202f": " ", "•": "*", "’": "'",
};

export function transliterated(text) {
  return Array.from(text, (letter) => {
    const small = letter.toLowerCase();
    if (!(small in LATIN)) return letter;
    const latin = LATIN[small];
    return letter === small ? latin : latin.slice(0, 1).toUpperCase() + latin.slice(1);
  }).join("");
}

function width(letter, alphabet) {
  if (alphabet === "gsm") return EXTENSION.has(letter) ? 2 : 1;
  return letter.length; // a pair of surrogates counts twice
}

export function count(text) {
  const letters = Array.from(text);
  const plain = letters.every((letter) => GSM.has(letter) || EXTENSION.has(letter));
  const alphabet = plain ? "gsm" : "ucs2";
  const widths = letters.map((letter) => width(letter, alphabet));
  const places = widths.reduce((sum, one) => sum + one, 0);
  if (places <= ALONE[alphabet]) return { alphabet, places, parts: 1, left: ALONE[alphabet] - places };
  let parts = 1;
  let filled = 0;
  for (const one of widths) {
    if (filled + one > JOINED[alphabet]) { // nothing that takes two places is torn apart
      parts += 1;
      filled = 0;
    }
    filled += one;
  }
  return { alphabet, places, parts, left: JOINED[alphabet] - filled };
}

function follow(field) {
  const told = document.getElementById(field.dataset.smsCount);
  const price = Number(field.dataset.price || 0);
  function tell() {
    const text = "latin" in field.dataset ? transliterated(field.value) : field.value;
    const found = count(text.trim());
    const cost = (found.parts * price / 100).toLocaleString("ru-RU", { minimumFractionDigits: 2 });
    told.textContent = field.dataset.words
      .replace("{parts}", found.parts).replace("{places}", found.places)
      .replace("{left}", found.left).replace("{price}", cost);
  }
  field.addEventListener("input", tell);
  tell();
}

if (typeof document !== "undefined") {
  document.querySelectorAll("[data-sms-count]").forEach(follow);
}
