// Problems are shown where they belong: beside their field, else in the form's alert, else in the page's.

const alertOf = (element) =>
  element.closest("form")?.querySelector("[role=alert]") ?? document.getElementById("alert");

function fieldOf(form, pointer) {
  const field = form?.elements.namedItem(pointer.replace(/^\//, ""));
  return field instanceof HTMLElement ? field : null;
}

export function clear(element) {
  alertOf(element).replaceChildren();
  document.getElementById("alert").replaceChildren();
  for (const field of element.closest("form")?.querySelectorAll("[aria-invalid]") ?? []) {
    field.removeAttribute("aria-invalid");
    document.getElementById(`${field.id}-error`).replaceChildren();
  }
}

/** Show the problem in answer to a request of this element. */
export function show(element, problem) {
  clear(element);
  const form = element.closest("form");
  for (const error of problem.querySelectorAll("[data-pointer]")) {
    const field = fieldOf(form, error.dataset.pointer);
    const place = field && document.getElementById(`${field.id}-error`);
    if (!place) continue;
    place.append(...(place.hasChildNodes() ? [" "] : []), error.textContent);
    field.setAttribute("aria-invalid", "true");
    error.remove();
  }
  alertOf(element).replaceChildren(problem);
  form?.querySelector("[aria-invalid]")?.focus();
}

/** Say that no function of ours answered, neither at first nor at the second attempt. */
export function showUnreachable(element) {
  clear(element);
  alertOf(element).append(document.getElementById("unreachable").content.cloneNode(true));
}
