"""Register, log in, log out, edit one's own profile, change the password and get a new one."""

import hashlib
from dataclasses import dataclass, replace

from functions.accounts.bodies import (
    AddressBody,
    LinkBody,
    LogInBody,
    PasswordBody,
    PastedLinkBody,
    ProfileBody,
    RegistrationBody,
)
from users.ask_for_link import ask_for_link
from users.change import Done, Realm
from users.change_password import change_password, confirm
from users.edit_profile import edit_profile
from users.follow_link import SETS_PASSWORD, follow_link
from users.links import token_in
from users.log_in import log_in
from users.model import timestamp
from users.register import Registration, register
from users.rules import normalise_password
from users.show_link import show_link
from web.cookie import CLEARED
from web.presenters import present_user
from web.representations import (
    LinkInfoBody,
    SessionBody,
    UserBody,
    link_body,
    user_body,
    user_context,
)
from web.routes import BASE, Answer, Call, Routes
from web.session import Sessions


@dataclass(frozen=True, kw_only=True)
class Services:
    """What these routes work with."""

    realm: Realm
    sessions: Sessions


routes: Routes[Services] = Routes("accounts")


@routes.write(
    "POST",
    "/users",
    access="anyone",
    summary="Register",
    body=RegistrationBody,
    answers={201: UserBody},
    refusals=("email-taken", "slow-down"),
    present=present_user,
    page="registered.html",
    form="register.html",
)
def register_user(call: Call, services: Services) -> Done:
    """Register, in the language of the request unless another is named."""
    body = call.body_as(RegistrationBody)
    registration = Registration(
        email=body.email,
        name=body.name,
        locale=body.locale if "locale" in body.model_fields_set else call.request.language,
        password=body.password.get_secret_value(),
    )
    return register(services.realm, registration, replace(call.write, key=call.write.key or _form_key(call)))


def _form_key(call: Call) -> str | None:
    """The key of a form without one: the published page cannot have a new key for each visitor.

    The same registration sent twice, as by a double click, is one; any other with this address is refused.
    """
    if not (call.request.is_form and call.request.wants_page):
        return None
    return hashlib.sha256(repr(sorted(call.write.body.items())).encode("utf-8", "replace")).hexdigest()


@routes.answer(
    "POST",
    "/sessions",
    access="anyone",
    summary="Log in",
    body=LogInBody,
    answers={201: SessionBody},
    refusals=("bad-credentials", "slow-down"),
    ignores_key=True,
    fragment=True,
    then=f"{BASE}/users/me",
    form="login.html",
)
def start_session(call: Call, services: Services) -> Answer:
    """Log in; the token is never part of the HTML, which keeps it out of a script's reach."""
    body = call.body_as(LogInBody)
    user = log_in(services.realm, body.email, body.password.get_secret_value())
    session = services.sessions.issue(user)
    expires_at = timestamp(session.expires_at)
    return Answer(
        status=201,
        body=SessionBody(token=session.token, expires_at=expires_at, user=user_body(user.profile)),
        fragment="session.html",
        context={"expires_at": expires_at, "user": user_context(user.profile)},
        headers={"set-cookie": session.cookie},
    )


@routes.answer(
    "DELETE",
    "/sessions/current",
    access="signed-in",
    summary="Log out",
    answers={204: None},
    then="/{language}/",
    posted_to="/sessions/current/delete",
)
def end_session(call: Call, services: Services) -> Answer:  # noqa: ARG001
    """Clear the cookie; a bearer token lives until it expires."""
    return Answer(status=204, headers={"set-cookie": CLEARED})


@routes.write(
    "PATCH",
    "/users/me",
    access="signed-in",
    summary="Edit one's own name or language",
    body=ProfileBody,
    answers={200: UserBody},
    refusals=("not-found", "write-conflict", "slow-down"),
    present=present_user,
    then=f"{BASE}/users/me",
    form="profile.html",
    posted_to="/users/me",
)
def edit_own_profile(call: Call, services: Services) -> Done:
    """Change what is given and leave the rest."""
    body = call.body_as(ProfileBody)
    given = body.model_fields_set
    return edit_profile(
        services.realm,
        call.target,
        call.write,
        name=body.name if "name" in given else None,
        locale=body.locale if "locale" in given else None,
    )


def _password_changed(done: Done, services: Services) -> Answer:
    return Answer(status=done.status, headers={"set-cookie": services.sessions.issue(done.user).cookie})


def _knows_new_password(call: Call, services: Services, done: Done) -> None:
    confirm(services.realm, done, call.body_as(PasswordBody).new_password.get_secret_value())


@routes.write(
    "PUT",
    "/users/me/password",
    access="signed-in",
    summary="Change one's own password, which ends all other sessions",
    body=PasswordBody,
    answers={204: None},
    refusals=("not-found", "write-conflict", "slow-down"),
    present=_password_changed,
    confirm=_knows_new_password,
    fragment=False,
    then=f"{BASE}/users/me",
    form="password.html",
    posted_to="/users/me/password",
)
def change_own_password(call: Call, services: Services) -> Done:
    """The cookie is a new one; a bearer token is not, so programs log in again."""
    body = call.body_as(PasswordBody)
    return change_password(
        services.realm,
        call.target,
        call.write,
        current=normalise_password(body.current_password.get_secret_value()),
        new=body.new_password.get_secret_value(),
    )


@routes.answer(
    "POST",
    "/password-links",
    access="anyone",
    summary="Have a link to a new password sent, whether or not there is an account",
    body=AddressBody,
    answers={202: None},
    page="link-sent.html",
    form="forgotten.html",
)
def request_link(call: Call, services: Services) -> Answer:
    """Always the same answer: nobody learns here who has an account."""
    ask_for_link(services.realm, call.body_as(AddressBody).email)
    return Answer(status=202)


def _link(services: Services, token: str) -> Answer:
    link = link_body(show_link(services.realm, token))
    return Answer(
        status=200,
        body=link,
        fragment="link.html",
        context={**link, "sets_password": link["purpose"] in SETS_PASSWORD, "token": token},
    )


@routes.answer(
    "GET",
    "/password-links/{token}",
    access="anyone",
    summary="What a link does, which is not followed thereby",
    answers={200: LinkInfoBody},
    refusals=("link-used",),
    fragment=True,
    page="link.html",
)
def look_at_link(call: Call, services: Services) -> Answer:
    """Its purpose, and until when it counts."""
    return _link(services, call.request.path_parameter("token"))


@routes.answer(
    "POST",
    "/password-links/open",
    access="anyone",
    summary="What a link does that was copied from an e-mail: for browsers without JavaScript",
    body=PastedLinkBody,
    answers={200: LinkInfoBody},
    refusals=("link-used",),
    ignores_key=True,
    fragment=True,
    page="link.html",
)
def open_link(call: Call, services: Services) -> Answer:
    """Like looking at it; the end of its address never leaves a browser by itself."""
    return _link(services, token_in(call.body_as(PastedLinkBody).link))


def _followed(done: Done, services: Services) -> Answer:  # noqa: ARG001
    return Answer(status=done.status)


@routes.write(
    "PUT",
    "/password-links/{token}",
    access="anyone",
    summary="Follow a link: set a new password, verify the address or undo the deletion, as it says",
    body=LinkBody,
    answers={204: None},
    refusals=("link-used", "write-conflict", "slow-down"),
    present=_followed,
    fragment=False,
    page="link-followed.html",
    form="link.html",
    posted_to="/password-links/{token}",
)
def use_link(call: Call, services: Services) -> Done:
    """Once; `new_password` only with a link that sets one."""
    body = call.body_as(LinkBody)
    given = body.new_password.get_secret_value() if body.model_fields_set else None
    return follow_link(services.realm, call.request.path_parameter("token"), call.write, new_password=given)
