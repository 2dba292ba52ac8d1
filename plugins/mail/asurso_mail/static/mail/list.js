// One box that ticks all letters of the page; without it they are ticked one by one.
const all = document.querySelector("[data-all]");
const ticks = [...document.querySelectorAll('.mail-form input[name="id"]')];
const draw = () => {
  const number = ticks.filter((one) => one.checked).length;
  all.checked = number === ticks.length;
  all.indeterminate = number > 0 && number < ticks.length;
};
all?.addEventListener("change", () => { for (const one of ticks) one.checked = all.checked; });
if (all) for (const one of ticks) one.addEventListener("change", draw);
