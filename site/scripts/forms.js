// What follows a write that succeeded: `data-then` of the element that sent it.

import * as address from "./address.js";

const EMAIL = "email-just-registered";

const startPage = () => `/${document.documentElement.lang}/`;

/** Put what a template says in the place of the form's card. */
function instead(form, template) {
  form.closest("section").replaceWith(document.getElementById(template).content.cloneNode(true));
  document.querySelector("#main h1").focus();
}

function confirm(form) {
  const place = form.querySelector(".saved");
  place.textContent = place.dataset.text;
}

const next = {
  home() {
    location.assign(startPage());
  },

  /** The next thing a newcomer does is log in: spare them typing the address again. */
  registered(form) {
    sessionStorage.setItem(EMAIL, form.elements.namedItem("email").value);
    instead(form, "registered");
  },

  done(form) {
    address.forget();
    instead(form, "done");
  },

  changed(form) {
    for (const password of form.querySelectorAll("[type=password]")) password.value = "";
    confirm(form);
    document.body.dispatchEvent(new Event("changed"));
  },

  saved(form) {
    const chosen = form.elements.namedItem("locale").value;
    if (chosen !== document.documentElement.lang) {
      location.assign(`/${chosen}/`);
      return;
    }
    confirm(form);
    document.body.dispatchEvent(new Event("session-changed"));
    document.body.dispatchEvent(new Event("changed"));
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
