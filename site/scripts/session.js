// Who is looking decides what the header and the start page show.

const header = () => document.getElementById("me");
const OFTEN = 30_000;
let shown = null;
let lastAnswer = 0;
let used = false;

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
  const documents = view.querySelector("[data-documents]");
  if (documents) fill(documents, document.getElementById("documents-view"));
}

/** The identity of the person who is logged in, or undefined. */
export const whoIsThis = () => header().querySelector("[data-me]")?.dataset.me;

export function showPerson() {
  showView(header().querySelector("[data-role]").dataset.role);
}

const isTypedIn = (field) =>
  field.matches("select") ? !field.selectedOptions[0].defaultSelected : field.value !== field.defaultValue;

/** Whether a form holds what would be lost with it. */
const isBeingEdited = (view) =>
  [...(view?.querySelectorAll("form[data-then] :is(input, select)") ?? [])].some(isTypedIn);

export function showVisitor() {
  fill(header(), document.getElementById("me-visitor"));
  if (isBeingEdited(document.getElementById("view"))) {
    // Who logs in elsewhere comes back to what he typed, and sends it.
    for (const link of header().querySelectorAll("a")) link.target = "_blank";
  } else {
    showView("visitor");
  }
}

/** Nobody knows who is looking: a header without links would be a dead end. */
export function showNobody() {
  if (!header().hasChildNodes()) fill(header(), document.getElementById("me-visitor"));
}

export const isHeader = (element) => element === header();

/** Somebody of ours answered: whoever is logged in stays so for the whole of a session's time. */
export function answered() {
  lastAnswer = Date.now();
  used = false;
}

/** The answer renews the session of who works on, and tells when that of who does not has ended. */
function keepUp() {
  if (header().matches(".htmx-request")) return;
  const lifetime = Number(header().querySelector("[data-lifetime]")?.dataset.lifetime) * 1000;
  const age = Date.now() - lastAnswer;
  if (age > lifetime || (used && age > lifetime / 2)) askAgain();
}

export function install() {
  for (const event of ["keydown", "pointerdown"]) window.addEventListener(event, () => (used = true));
  setInterval(keepUp, OFTEN);
}

/** Ask anew who is looking, for example because the session has ended. */
export const askAgain = () => document.body.dispatchEvent(new Event("session-changed"));
