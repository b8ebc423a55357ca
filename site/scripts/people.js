// What the server's rows do not know: the reader's clock, who is looking, and how many there are by now.

import { whoIsThis } from "./session.js";

const day = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium" });
const minute = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "full", timeStyle: "long" });
let countBefore = 0;

function localTimes(place) {
  for (const time of place.querySelectorAll("time[datetime]")) {
    const moment = new Date(time.dateTime);
    time.textContent = day.format(moment);
    time.title = minute.format(moment);
  }
}

/** Nobody can delete the account they are an administrator with. */
function withoutOwnDeletion(place) {
  const me = whoIsThis();
  if (me) place.querySelector(`tr[id="${CSS.escape(me)}"] [hx-delete]`)?.remove();
}

/** Tidy up the rows after some were put in, by the request of this element. */
export function rowsChanged(element) {
  const rows = document.getElementById("rows");
  if (!rows) return;
  localTimes(rows);
  withoutOwnDeletion(rows);
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
