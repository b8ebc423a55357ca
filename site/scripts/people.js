// What the server's rows do not know: the reader's clock, who is looking, and how many there are by now.

import { whoIsThis } from "./session.js";

const day = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium" });
const minute = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "full", timeStyle: "long" });
const short = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
let countBefore = 0;

function localTimes() {
  for (const time of document.querySelectorAll("#main time[datetime]")) {
    const moment = new Date(time.dateTime);
    time.textContent = (time.matches(".exact") ? short : day).format(moment);
    time.title = minute.format(moment);
  }
}

/** Nobody can delete the account they are an administrator with, nor decide over their own role. */
function withoutOwnPower() {
  const me = CSS.escape(whoIsThis() ?? "");
  if (!me) return;
  document.querySelector(`tr[id="${me}"] [hx-delete]`)?.remove();
  document.querySelector(`[data-not-oneself="${me}"]`)?.remove();
}

/** Say at the head of the list by what it is sorted now. */
function showOrder(element) {
  const sort = element.matches("[data-sort]")
    ? element.dataset.sort
    : element.matches("[role=search]") && element.elements.namedItem("sort").value;
  if (!sort) return;
  for (const head of document.querySelectorAll("th:has([data-sort])")) {
    if (head.querySelector("[data-sort]").dataset.sort !== sort) head.removeAttribute("aria-sort");
    else head.setAttribute("aria-sort", sort.startsWith("-") ? "descending" : "ascending");
  }
}

/** Tidy up after something was put in, by the request of this element. */
export function rowsChanged(element) {
  localTimes();
  withoutOwnPower();
  const rows = document.getElementById("rows");
  if (!rows) return;
  showOrder(element);
  const people = rows.querySelectorAll("tr:not(.more, .deleted)");
  const place = document.getElementById("shown");
  const text = place.dataset.text.replace("{count}", people.length);
  if (place.textContent !== text) place.textContent = text;
  // A button that brought more rows is gone; the keyboard goes on at the first of them, or at the last row if none came.
  if (element.matches(".more button") && document.activeElement === document.body) {
    people[Math.min(countBefore, people.length - 1)]?.querySelector("button")?.focus();
  }
  countBefore = people.length;
}
