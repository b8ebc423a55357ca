// Each write carries an Idempotency-Key and is given up after five seconds; a failed one is sent once more, with the
// same key and body, to the other region.

import { isWrite, problemIn, servedRegion } from "./answers.js";
import { PATIENCE, headersOfRetry } from "./failover.js";

const attempts = new WeakMap();

/** Deal with the answer (or its absence) to a request: true when it is being tried again and need not be shown. */
export function triedAgain(element, xhr, requestConfig) {
  const attempt = attempts.get(element);
  if (!attempt?.underWay || !isWrite(requestConfig)) return false;
  const headers = headersOfRetry({
    status: xhr.status,
    servedRegion: servedRegion(xhr),
    code: problemIn(xhr)?.dataset.code,
  });
  if (headers && !attempt.headers) {
    attempt.headers = headers;
    // htmx lets go of the element only after the event in which this is called.
    setTimeout(() => attempt.send(true));
    return true;
  }
  attempt.underWay = false;
  // Nobody knows whether a write without an answer happened: the same one sent by hand keeps its key.
  attempt.unsure = headers !== null;
  return false;
}

export function install(body) {
  body.addEventListener("htmx:confirm", ({ detail }) => {
    const last = attempts.get(detail.elt);
    if (detail.verb === "get" || last?.underWay) return;
    attempts.set(detail.elt, { last: last?.unsure ? last : null, send: detail.issueRequest });
  });

  body.addEventListener("htmx:configRequest", ({ detail }) => {
    const attempt = attempts.get(detail.elt);
    if (!attempt || !isWrite(detail)) return;
    if (!attempt.underWay) {
      attempt.underWay = true;
      attempt.parameters = detail.parameters;
      attempt.text = new URLSearchParams(detail.formData).toString();
      attempt.key = attempt.last?.text === attempt.text ? attempt.last.key : crypto.randomUUID();
      attempt.last = null;
    }
    detail.parameters = attempt.parameters;
    detail.timeout = PATIENCE;
    Object.assign(detail.headers, { "Idempotency-Key": attempt.key }, attempt.headers);
  });
}
