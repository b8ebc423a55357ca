// What an answer says. It may also be CloudFront's own page, which is never shown.

/** The region that answered, or null when no function of ours did. */
export const servedRegion = (xhr) => (xhr.status ? xhr.getResponseHeader("x-served-region") : null);

/** The problem in an answer of ours, as an element, or null. */
export function problemIn(xhr) {
  if (!servedRegion(xhr) || xhr.status < 400) return null;
  if (/json/.test(xhr.getResponseHeader("content-type"))) return fromJson(JSON.parse(xhr.responseText));
  const page = new DOMParser().parseFromString(xhr.responseText, "text/html");
  return page.querySelector(".problem[data-code]");
}

// Not every function carries templates, and one that cannot render them still says what went wrong.
function fromJson({ code, title, detail }) {
  const problem = document.createElement("div");
  problem.dataset.code = code;
  problem.append(`${title}: ${detail}`);
  return problem;
}

export const isWrite = (requestConfig) => requestConfig.verb !== "get";
