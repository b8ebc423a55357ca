"""List, show, delete and restore users; their roles and their history."""

from dataclasses import dataclass

from functions.directory.bodies import RoleBody
from functions.directory.queries import ListQuery
from users.change import Done, Realm
from users.delete import delete
from users.history import events_of, history
from users.list_users import list_users
from users.restore import restore
from users.set_role import set_role
from users.show import show
from web.cursors import Cursors
from web.presenters import present_user
from web.purposes import LIFETIMES
from web.representations import HistoryBody, PageBody, UserBody, event_body, user_body, user_context
from web.routes import BASE, Answer, Call, Routes


@dataclass(frozen=True, kw_only=True)
class Services:
    """What these routes work with."""

    realm: Realm
    cursors: Cursors


routes: Routes[Services] = Routes("directory")


@routes.answer(
    "GET",
    "/users",
    access="admin",
    summary="List users: the newest first, or by name or address, or those whose start so",
    query=ListQuery,
    answers={200: PageBody},
    refusals=("bad-cursor",),
    fragment=True,
    page="users.html",
)
def list_page(call: Call, services: Services) -> Answer:
    """One page; a cursor goes on in the same list."""
    query = call.query_as(ListQuery)
    listing = query.listing
    bound = {"state": listing.state, "sort": listing.sort, "q": listing.start}
    after = None
    if "cursor" in query.model_fields_set:
        after = services.cursors.read(query.cursor, bound)
    page = list_users(services.realm, listing, limit=query.limit, after=after)
    cursor = services.cursors.write(page.more, bound) if page.more else None
    return Answer(
        status=200,
        body=PageBody(items=[user_body(one) for one in page.profiles], next_cursor=cursor),
        fragment="users.html",
        context={
            "items": [user_context(one) for one in page.profiles],
            "next_cursor": cursor,
            "is_first_page": after is None,
            "query": {
                **{name: value for name, value in bound.items() if value},
                "limit": query.limit,
            },
        },
    )


@routes.answer(
    "GET",
    "/users/{id}",
    access="admin-or-self",
    summary="Show one user (`me`: oneself)",
    answers={200: UserBody},
    fragment=True,
    page="user.html",
)
def show_user(call: Call, services: Services) -> Answer:
    """A user, deleted or not: whom the caller may see was decided before."""
    if call.caller and call.target == call.caller.id:
        profile = call.caller.profile
    else:
        profile = show(services.realm, call.target).profile
    is_me = call.request.path_parameter("id") == "me"
    return Answer(
        status=200,
        body=user_body(profile),
        fragment="me.html" if is_me else "person.html",
        context={**user_context(profile), "lifetime": int(LIFETIMES["session"].total_seconds())},
    )


def _deleted(done: Done, services: Services) -> Answer:  # noqa: ARG001
    return Answer(status=done.status, fragment="deleted.html", context=user_context(done.user.profile))


@routes.write(
    "DELETE",
    "/users/{id}",
    access="admin-or-self",
    summary="Delete a user (can be undone)",
    answers={204: None},
    refusals=("write-conflict", "slow-down"),
    present=_deleted,
    page="deleted.html",
    posted_to="/users/{id}/delete",
)
def delete_user(call: Call, services: Services) -> Done:
    """Mark as deleted; administrators cannot delete themselves."""
    return delete(services.realm, call.target, call.write)


@routes.write(
    "POST",
    "/users/{id}/restore",
    access="admin",
    summary="Undo a deletion",
    answers={200: UserBody},
    refusals=("not-deleted", "write-conflict", "slow-down"),
    present=present_user,
    then=BASE + "/users/{id}",
)
def restore_user(call: Call, services: Services) -> Done:
    """Take the tombstone away."""
    return restore(services.realm, call.target, call.write)


@routes.write(
    "PUT",
    "/users/{id}/role",
    access="admin",
    summary="Give a role or take it back; nobody decides over his own",
    body=RoleBody,
    answers={200: UserBody},
    refusals=("write-conflict", "slow-down"),
    present=present_user,
    then=BASE + "/users/{id}",
    posted_to="/users/{id}/role",
)
def change_role(call: Call, services: Services) -> Done:
    """Make somebody an administrator, or one no longer."""
    return set_role(services.realm, call.target, call.body_as(RoleBody).role, call.write)


@routes.answer(
    "GET",
    "/users/{id}/history",
    access="admin-or-self",
    summary="What happened to a user, the newest first",
    answers={200: HistoryBody},
    fragment=True,
    page="history.html",
)
def show_history(call: Call, services: Services) -> Answer:
    """The registration and the last 50 events, each with who did it."""
    if call.caller and call.target == call.caller.id:
        events = events_of(call.caller)
    else:
        events = history(services.realm, call.target)
    items = [event_body(one) for one in events]
    return Answer(
        status=200,
        body=HistoryBody(items=items),
        fragment="history.html",
        context={"items": items, "id": call.target},
    )
