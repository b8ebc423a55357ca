// What an answer says. It may also be CloudFront's own page, which is never shown.

const OURS = "urn:twinhull:";

/** The region that answered, or null when no function of ours did. */
export const servedRegion = (xhr) => (xhr.status ? xhr.getResponseHeader("x-served-region") : null);

/** The problem in an answer of ours, as an element, or null. The edge has problems too, and it is no region. */
export function problemIn(xhr) {
  if (xhr.status < 400) return null;
  if (/^application\/problem\+json\b/.test(xhr.getResponseHeader("content-type"))) {
    const problem = JSON.parse(xhr.responseText);
    return problem.type?.startsWith(OURS) ? fromJson(problem) : null;
  }
  if (!servedRegion(xhr)) return null;
  const page = new DOMParser().parseFromString(xhr.responseText, "text/html");
  return page.querySelector(".problem[data-code]");
}

// The edge and some functions carry no templates, and a function that cannot render them still says what went wrong.
function fromJson({ code, title, detail }) {
  const problem = document.createElement("div");
  problem.dataset.code = code;
  problem.append(`${title}: ${detail}`);
  return problem;
}

export const isWrite = (requestConfig) => requestConfig.verb !== "get";
