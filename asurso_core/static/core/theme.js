// Chooses light or dark before the first paint; the only script that blocks the page.
(function () {
  var html = document.documentElement;
  var dark = matchMedia("(prefers-color-scheme: dark)");
  function apply() {
    var wish = html.dataset.theme;
    html.dataset.bsTheme = wish === "auto" ? (dark.matches ? "dark" : "light") : wish;
  }
  apply();
  dark.addEventListener("change", apply);
  new MutationObserver(apply).observe(html, { attributeFilter: ["data-theme"] });
})();
