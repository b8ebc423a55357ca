// What the page does beyond htmx: retry, show what went wrong, and stay useful while the API is away.

import * as address from "./address.js";
import { isWrite, problemIn, servedRegion } from "./answers.js";
import * as banner from "./banner.js";
import * as confirmation from "./confirmation.js";
import * as forms from "./forms.js";
import * as people from "./people.js";
import * as problems from "./problems.js";
import * as retry from "./retry.js";
import * as session from "./session.js";
import * as uploads from "./uploads.js";

const body = document.body;

/** The last word on a request that failed: `problem` is ours, or null when nobody of us answered. */
function failed(element, requestConfig, problem) {
  const code = problem?.dataset.code;
  if (session.isHeader(element)) {
    if (code === "not-signed-in") {
      session.showVisitor();
      return;
    }
    session.showNobody();
  }
  if (!isWrite(requestConfig) && (!problem || code === "unavailable")) {
    banner.unreachable();
    return;
  }
  if (problem) problems.show(element, problem);
  else problems.showUnreachable(element);
  if (code === "not-signed-in") session.askAgain();
}

retry.install(body);
confirmation.install(body);
uploads.install(body);
banner.install();
session.install();
address.install();
forms.welcomeNewcomer();

body.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (isWrite(detail.requestConfig)) forms.started(detail.elt);
});

for (const event of ["htmx:sendError", "htmx:timeout"]) {
  body.addEventListener(event, ({ detail }) => {
    if (!retry.triedAgain(detail.elt, detail.xhr, detail.requestConfig)) {
      failed(detail.elt, detail.requestConfig, null);
    }
  });
}

body.addEventListener("htmx:beforeOnLoad", (event) => {
  const { elt: element, xhr, requestConfig } = event.detail;
  const region = servedRegion(xhr);
  const problem = problemIn(xhr);
  if (region && problem?.dataset.code !== "unavailable") banner.reached(region);
  if (region && xhr.status < 400) session.answered();
  if (retry.triedAgain(element, xhr, requestConfig)) {
    event.preventDefault();
  } else if (!region || xhr.status >= 400) {
    event.preventDefault();
    failed(element, requestConfig, problem);
  } else if (isWrite(requestConfig)) {
    problems.clear(element);
  }
});

// Dispatched on a parent when the element itself was swapped away.
body.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (!detail.successful) return;
  const element = detail.requestConfig.elt;
  if (session.isHeader(element)) session.showPerson();
  else if (isWrite(detail.requestConfig)) forms.succeeded(element);
  people.rowsChanged(element);
});
