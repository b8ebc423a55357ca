// Who is looking decides what the header and the start page show.

const header = () => document.getElementById("me");
let shown = null;

function fill(place, template) {
  place.replaceChildren(template.content.cloneNode(true));
  htmx.process(place);
}

function showView(kind) {
  const template = document.getElementById(`view-${kind}`);
  if (!template || shown === kind) return;
  shown = kind;
  const view = document.getElementById("view");
  fill(view, template);
  const profile = view.querySelector("[data-profile]");
  if (profile) fill(profile, document.getElementById("profile"));
}

/** The identity of the person who is logged in, or undefined. */
export const whoIsThis = () => header().querySelector("[data-me]")?.dataset.me;

export function showPerson() {
  showView(header().querySelector("[data-role]").dataset.role);
}

export function showVisitor() {
  fill(header(), document.getElementById("me-visitor"));
  showView("visitor");
}

/** Nobody knows who is looking: a header without links would be a dead end. */
export function showNobody() {
  if (!header().hasChildNodes()) fill(header(), document.getElementById("me-visitor"));
}

export const isHeader = (element) => element === header();

/** Ask anew who is looking, for example because the session has ended. */
export const askAgain = () => document.body.dispatchEvent(new Event("session-changed"));
