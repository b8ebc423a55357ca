// What a page is about stands behind the `#` of its address, which browsers send to no server.

const SOURCES = {
  link: (token) => `/api/v1/password-links/${token}`,
  person: (id) => `/api/v1/users/${id}`,
};

function open() {
  for (const other of document.querySelectorAll("nav a[hreflang]")) other.hash = location.hash;
  for (const [name, source] of Object.entries(SOURCES)) {
    const place = document.getElementById(name);
    if (!place) continue;
    const about = location.hash.slice(1);
    if (!about) {
      const missing = document.getElementById("no-link");
      if (missing) place.replaceChildren(missing.content.cloneNode(true));
      continue;
    }
    place.setAttribute("hx-get", source(encodeURIComponent(about)));
    htmx.process(place);
    htmx.trigger(place, "open");
  }
}

/** What was used up leads nowhere when somebody goes back to it. */
export const forget = () => history.replaceState(null, "", location.pathname);

export function install() {
  window.addEventListener("hashchange", open);
  open();
}
