// Sending a file: a form from the API, then the file to the bucket of the region that gave it, with progress. What fails
// is done once more in the other region, with the same key: there it is the same upload.

import { problemIn, servedRegion } from "./answers.js";
import { PATIENCE, headersOfRetry } from "./failover.js";
import * as problems from "./problems.js";

/** How long a bucket may take nothing before the file is sent to the other region. */
const STALLED = 10_000;

// A file that is sent again by hand, because nobody knows whether it arrived, keeps its key.
const keys = new WeakMap();

/** Send a request; the answer, with status 0 when none came. */
function send(method, address, { headers = {}, body, patience, progress = () => {} }) {
  return new Promise((resolve) => {
    const xhr = new XMLHttpRequest();
    let stalled;
    const wait = () => {
      clearTimeout(stalled);
      stalled = setTimeout(() => xhr.abort(), patience);
    };
    xhr.open(method, address);
    for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value);
    xhr.upload.addEventListener("progress", (event) => {
      wait();
      progress(event);
    });
    xhr.addEventListener("loadend", () => {
      clearTimeout(stalled);
      resolve(xhr);
    });
    wait();
    xhr.send(body);
  });
}

function ask(file, headers) {
  const body = JSON.stringify({
    kind: "document",
    filename: file.name,
    content_type: file.type,
    size: file.size,
  });
  return send("POST", "/api/v1/uploads", {
    headers: {
      Accept: "text/html",
      "HX-Request": "true",
      "Content-Type": "application/json",
      "Idempotency-Key": keys.get(file),
      ...headers,
    },
    body,
    patience: PATIENCE,
  });
}

/** The answer to a request for a form, from the other region when the first one fails. */
async function request(file, headers) {
  const xhr = await ask(file, headers);
  const others = headersOfRetry({
    status: xhr.status,
    servedRegion: servedRegion(xhr),
    code: problemIn(xhr)?.dataset.code,
  });
  return others && !headers ? ask(file, others) : xhr;
}

function post({ url, fields }, file, progress) {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  body.append("file", file);
  return send("POST", url, { body, patience: STALLED, progress });
}

/** Send a file; the id of its upload, or null when that was told in the form. */
async function deliver(form, file, progress) {
  let headers = null;
  for (let attempt = 1; attempt <= 2; attempt += 1) {
    const asked = await request(file, headers);
    if (asked.status !== 201) {
      const problem = problemIn(asked);
      if (problem) problems.show(form, problem);
      else problems.showUnreachable(form);
      return null;
    }
    const { id, upload } = JSON.parse(asked.responseText);
    if (!upload) return id;
    const sent = await post(upload, file, progress);
    if (sent.status === 201) return id;
    if (sent.status && sent.status < 500) break;
    headers = { "x-avoid-region": servedRegion(asked) };
  }
  problems.clear(form);
  form.querySelector("[role=alert]").textContent = form.dataset.failed;
  return null;
}

function shower(form) {
  const bar = form.querySelector("progress");
  const text = form.querySelector("[role=status]");
  return {
    start() {
      bar.hidden = false;
      bar.value = 0;
      text.textContent = "";
    },
    progress({ loaded, total }) {
      bar.value = Math.round((100 * loaded) / total);
      text.textContent = form.dataset.progress.replace("{percent}", bar.value);
    },
    end(arrived) {
      bar.hidden = true;
      text.textContent = arrived ? form.dataset.sent : "";
    },
  };
}

async function submit(form) {
  const input = form.elements.namedItem("file");
  const button = form.querySelector("button");
  const [file] = input.files;
  problems.clear(form);
  if (!file) {
    document.getElementById(`${input.id}-error`).textContent = form.dataset.missing;
    input.setAttribute("aria-invalid", "true");
    input.focus();
    return;
  }
  if (!keys.has(file)) keys.set(file, crypto.randomUUID());
  const show = shower(form);
  // Not disabled: that would take the focus away.
  button.setAttribute("aria-busy", "true");
  show.start();
  const id = await deliver(form, file, show.progress);
  show.end(id !== null);
  button.removeAttribute("aria-busy");
  if (id === null) return;
  form.reset();
  await htmx.ajax("GET", `/api/v1/uploads/${id}`, { target: "#uploads", swap: "afterbegin" });
  // The list may have come meanwhile, with the same upload in it.
  const [, ...others] = document.querySelectorAll(`#uploads [data-id="${id}"]`);
  for (const other of others) other.remove();
}

export function install(body) {
  body.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-upload]");
    if (!form) return;
    event.preventDefault();
    if (!form.querySelector("[aria-busy]")) submit(form);
  });
}
