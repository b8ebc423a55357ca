// What follows a write that succeeded: `data-then` of the element that sent it.

const EMAIL = "email-just-registered";

const startPage = () => `/${document.documentElement.lang}/`;

const next = {
  home() {
    location.assign(startPage());
  },

  /** The next thing a newcomer does is log in: spare them typing the address again. */
  registered(form) {
    sessionStorage.setItem(EMAIL, form.elements.namedItem("email").value);
    const card = document.getElementById("registered").content.cloneNode(true);
    form.closest("section").replaceWith(card);
    document.querySelector("#main h1").focus();
  },

  saved(form) {
    const chosen = form.elements.namedItem("locale").value;
    if (chosen !== document.documentElement.lang) {
      location.assign(`/${chosen}/`);
      return;
    }
    const place = form.querySelector(".saved");
    place.textContent = place.dataset.text;
    document.body.dispatchEvent(new Event("session-changed"));
  },
};

export function succeeded(element) {
  next[element.dataset.then]?.(element);
}

export function started(element) {
  element.querySelector?.(".saved")?.replaceChildren();
}

/** At the log-in page: who comes from registering finds the address filled in. */
export function welcomeNewcomer() {
  const email = document.querySelector("form[data-then=home] input[name=email]");
  const known = sessionStorage.getItem(EMAIL);
  if (!email || !known) return;
  sessionStorage.removeItem(EMAIL);
  email.value = known;
}
