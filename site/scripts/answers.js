// What an answer says. It may also be CloudFront's own page, which is never shown.

/** The region that answered, or null when no function of ours did. */
export const servedRegion = (xhr) => (xhr.status ? xhr.getResponseHeader("x-served-region") : null);

/** The problem in an answer of ours, as an element, or null. */
export function problemIn(xhr) {
  if (!servedRegion(xhr)) return null;
  const page = new DOMParser().parseFromString(xhr.responseText, "text/html");
  return page.querySelector(".problem[data-code]");
}

export const isWrite = (requestConfig) => requestConfig.verb !== "get";
