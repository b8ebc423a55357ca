"""Changing a password, and getting back in by a link."""

from dataclasses import replace
from datetime import timedelta

import pytest

from notices.model import NoticeKind
from tests.lambdas.api import Api, Person
from tests.lambdas.builders import (
    Clock,
    PlainTokens,
    any_email,
    any_key,
    any_password,
    any_realm,
    any_registration,
    any_write,
)
from tests.lambdas.refusals import code_of
from users.ask_for_link import ask_for_link
from users.back_off import FREE
from users.change import REMEMBERED, Done, Realm
from users.change_password import change_password
from users.delete import delete
from users.edit_profile import edit_profile
from users.errors import Refusal, Rejected
from users.follow_link import follow_link
from users.history import events_of
from users.items import Conflict
from users.links import digest, send_link, token_in
from users.log_in import log_in
from users.memory import MemoryStore, MemoryThrottles
from users.model import Purpose, User
from users.register import Registration, register
from users.restore import restore
from users.show_link import show_link


class Scene:
    """Somebody who has registered, and a clock."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.realm = any_realm(clock=self.clock)
        self.registration = any_registration()
        self.id = register(self.realm, self.registration, any_write(status=201)).user.id

    @property
    def user(self) -> User:
        user = self.realm.store.get(self.id)
        assert user
        return user

    def token(self, kind: NoticeKind) -> str:
        """The token of the link in a notice that waits."""
        [notice] = [one for one in self.user.outbox.values() if one.kind == kind]
        return PlainTokens().make(self.id, notice.id, notice.kid)

    def reset(self) -> str:
        ask_for_link(self.realm, self.registration.email)
        return self.token("reset")

    def send(self, purpose: Purpose) -> None:
        """Send a link for a purpose."""
        kinds: dict[Purpose, NoticeKind] = {"restore": "restorable"}
        user = self.user
        sent = send_link(user, PlainTokens(), purpose, kinds.get(purpose, "reset"), self.clock.now)
        self.realm.store.replace(user, replace(sent, rev=user.rev + 1), "")

    def follow(self, token: str, password: str | None = None, key: str | None = None) -> Done:
        return follow_link(
            self.realm,
            token,
            any_write(operation="use_link", status=204, key=key),
            new_password=password,
        )

    def change(self, current: str, new: str, key: str | None = None) -> Done:
        write = any_write(operation="password", caller=self.id, status=204, key=key)
        return change_password(self.realm, self.id, write, current=current, new=new)

    def may_log_in(self, password: str) -> bool:
        try:
            return log_in(self.realm, self.registration.email, password).id == self.id
        except Refusal:
            return False


@pytest.fixture
def scene() -> Scene:
    return Scene()


def should_change_the_password_end_all_sessions_and_tell_the_owner(scene: Scene) -> None:
    before = scene.user
    assert scene.change(scene.registration.password, "new password").status == 204
    assert scene.may_log_in("new password")
    assert not scene.may_log_in(scene.registration.password)
    assert scene.user.token_version == before.token_version + 1
    assert "password-changed" in {one.kind for one in scene.user.outbox.values()}
    assert events_of(scene.user)[0].what == "password-changed"


def should_leave_no_link_to_another_password_when_it_is_changed(scene: Scene) -> None:
    for purpose in ("reset", "invitation"):
        scene.send(purpose)
    assert {one.purpose for one in scene.user.links.values()} == {"verification", "reset", "invitation"}
    scene.change(scene.registration.password, "new password")
    assert {one.purpose for one in scene.user.links.values()} == {"verification"}


@pytest.mark.parametrize("by_link", [True, False])
def should_leave_no_link_out_of_a_deletion_when_it_is_undone(scene: Scene, by_link: bool) -> None:
    delete(scene.realm, scene.id, any_write(caller="admin"))
    if by_link:
        scene.send("restore")  # another one, as for somebody who asked on the next day
        before = scene.user
        links = {**before.links, "another": next(iter(before.links.values()))}
        scene.realm.store.replace(before, replace(before, links=links, rev=before.rev + 1), "")
        assert scene.follow(scene.token("restorable")).status == 204
    else:
        restore(scene.realm, scene.id, any_write(caller="admin"))
    assert scene.user.profile.deleted_at is None
    assert scene.user.links == {}


def should_reject_a_wrong_current_password_and_change_nothing(scene: Scene) -> None:
    before = scene.user
    with pytest.raises(Rejected) as rejected:
        scene.change("wrong horse", "new password")
    assert (rejected.value.field, rejected.value.fault.code) == ("current_password", "wrong")
    assert rejected.value.fault.message == "This is not the current password."
    assert scene.user == before


def should_change_no_password_of_the_deleted(scene: Scene) -> None:
    delete(scene.realm, scene.id, any_write(caller="admin"))
    assert code_of(lambda: scene.change(scene.registration.password, "new password")) == "not-found"


def should_change_once_when_it_is_repeated_by_somebody_who_knows_the_new_password(scene: Scene) -> None:
    scene.change(scene.registration.password, "new password", key="key")
    version = scene.user.token_version
    assert scene.change(scene.registration.password, "new password", key="key").status == 204
    assert scene.user.token_version == version
    other = code_of(lambda: scene.change(scene.registration.password, "other password", key="key"))
    assert other == "idempotency-mismatch"
    assert scene.may_log_in("new password")


def should_keep_a_password_that_was_changed_again_when_the_first_change_comes_late(scene: Scene) -> None:
    """The retry of a change whose answer was lost, after the owner chose a third password elsewhere."""
    scene.change(scene.registration.password, "second password", key="key")
    scene.change("second password", "third password")
    late = code_of(lambda: scene.change(scene.registration.password, "second password", key="key"))
    assert late == "idempotency-mismatch"
    assert scene.may_log_in("third password")


def should_recognise_a_change_that_the_sdk_repeats(scene: Scene) -> None:
    """The first attempt was written, its answer lost: the second meets its own write."""

    class Forgetful(MemoryStore):
        def __init__(self, user: User) -> None:
            super().__init__()
            self.create(user)

        def replace(self, seen: User, becomes: User, key: str) -> None:
            super().replace(seen, becomes, key)
            raise Conflict(self.get(seen.id))

    scene.realm = replace(scene.realm, store=Forgetful(scene.user))
    assert scene.change(scene.registration.password, "new password").status == 204
    assert scene.may_log_in("new password")


def should_slow_down_who_guesses_the_current_password(scene: Scene) -> None:
    throttles = MemoryThrottles()
    scene.realm = replace(scene.realm, throttles=throttles)
    for _ in range(FREE):
        with pytest.raises(Rejected):
            scene.change("wrong horse", "new password")
    assert code_of(lambda: scene.change(scene.registration.password, "new password")) == "slow-down"
    assert {*throttles.failures} == {scene.id}


def should_record_a_welcome_with_a_link_that_verifies(scene: Scene) -> None:
    scene.clock.advance(minutes=5)
    assert scene.follow(scene.token("welcome")).status == 204
    assert scene.user.profile.verified_at == scene.clock.now
    assert scene.user.links == {}
    assert events_of(scene.user)[0].what == "verified"
    assert scene.may_log_in(scene.registration.password)


def should_keep_a_digest_of_a_link_and_never_the_link(scene: Scene) -> None:
    token = scene.reset()
    assert digest(token) in scene.user.links
    assert token not in repr(scene.user)


def should_set_a_password_by_a_link_once(scene: Scene) -> None:
    token, version = scene.reset(), scene.user.token_version
    scene.follow(token, "new password")
    assert scene.may_log_in("new password")
    assert scene.user.profile.verified_at
    assert scene.user.token_version == version + 1
    assert "password-changed" in {one.kind for one in scene.user.outbox.values()}
    assert code_of(lambda: scene.follow(token, "other password")) == "link-used"
    assert scene.may_log_in("new password")
    assert events_of(scene.user)[0].what == "password-reset"


@pytest.mark.parametrize(
    "around", ["{}", " {}\n", "https://people.example/en/link/#{}", "people.example/link/{}"]
)
def should_find_the_token_in_whatever_somebody_pastes(around: str) -> None:
    assert token_in(around.format("usr_1.a.00")) == "usr_1.a.00"


@pytest.mark.parametrize("token", ["", "x", ".", "usr_", "usr_x.a.b", "\ud800"])
def should_lead_nowhere_by_a_link_that_was_never_made(scene: Scene, token: str) -> None:
    assert code_of(lambda: scene.follow(token)) == "link-used"


def should_lead_nowhere_by_a_link_that_somebody_made_up(scene: Scene) -> None:
    scene.reset()
    for token in (f"{scene.id}.a.made-up", scene.id, scene.reset() + "x", scene.reset()[:-1]):
        assert code_of(lambda token=token: scene.follow(token, "new password")) == "link-used"  # type: ignore[misc]
    nobody = scene.id[:-1] + ("0" if scene.id[-1] != "0" else "1")
    assert code_of(lambda: scene.follow(f"{nobody}.a.b", "new password")) == "link-used"


@pytest.mark.parametrize(("kind", "lives"), [("reset", timedelta(hours=1)), ("welcome", timedelta(days=7))])
def should_let_a_link_end(scene: Scene, kind: NoticeKind, lives: timedelta) -> None:
    ask_for_link(scene.realm, scene.registration.email)
    token, password = scene.token(kind), "new password" if kind == "reset" else None
    scene.clock.now += lives
    assert code_of(lambda: scene.follow(token, password)) == "link-used"
    assert code_of(lambda: show_link(scene.realm, token)) == "link-used"
    scene.clock.advance(seconds=-1)
    assert show_link(scene.realm, token).expires_at == scene.clock.now + timedelta(seconds=1)
    assert scene.follow(token, password).status == 204


def should_ask_for_the_password_that_a_link_sets_and_keep_the_link(scene: Scene) -> None:
    token = scene.reset()
    with pytest.raises(Rejected) as missing:
        scene.follow(token)
    assert (missing.value.field, missing.value.fault.code) == ("new_password", "missing")
    assert missing.value.fault.message == "This is required."
    assert scene.follow(token, "new password").status == 204


def should_take_no_password_with_a_link_that_sets_none(scene: Scene) -> None:
    with pytest.raises(Rejected) as unknown:
        scene.follow(scene.token("welcome"), "new password")
    assert (unknown.value.field, unknown.value.fault.code) == ("new_password", "unknown")
    assert unknown.value.fault.message == "This link sets no password."
    assert scene.may_log_in(scene.registration.password)


def should_set_a_password_by_an_invitation(scene: Scene) -> None:
    user = send_link(scene.user, PlainTokens(), "invitation", "reset", scene.clock.now)
    scene.realm.store.replace(scene.user, user, "")
    scene.follow(scene.token("reset"), "new password")
    assert scene.may_log_in("new password")


def should_answer_a_repeated_use_of_a_link_by_its_key(scene: Scene) -> None:
    token = scene.reset()
    scene.follow(token, "new password", key="key")
    assert scene.follow(token, "new password", key="key").status == 204
    assert code_of(lambda: scene.follow(token, "other password", key="key")) == "idempotency-mismatch"
    assert code_of(lambda: scene.follow(token, None, key="key")) == "idempotency-mismatch"
    assert (
        code_of(lambda: scene.follow(f"{scene.id}.a.x", "new password", key="key")) == "idempotency-mismatch"
    )
    verify = scene.token("welcome")
    scene.follow(verify, key="other")
    assert scene.follow(verify, key="other").status == 204


def should_refuse_another_use_under_the_key_of_the_first(scene: Scene) -> None:
    verify = scene.token("welcome")
    scene.follow(verify, key="key")
    assert code_of(lambda: scene.follow(verify, "new password", key="key")) == "idempotency-mismatch"
    assert code_of(lambda: scene.follow(scene.reset(), key="key")) == "idempotency-mismatch"


def should_tell_in_the_history_whose_link_was_followed(scene: Scene) -> None:
    scene.follow(scene.token("welcome"))
    assert (events_of(scene.user)[0].what, events_of(scene.user)[0].by) == ("verified", scene.id)


def should_slow_down_who_guesses_the_password_that_a_link_has_set(scene: Scene) -> None:
    throttles = MemoryThrottles()
    scene.realm = replace(scene.realm, throttles=throttles)
    token = scene.reset()
    scene.follow(token, "new password", key="key")
    assert code_of(lambda: scene.follow(token, "another one", key="key")) == "idempotency-mismatch"
    assert {*throttles.failures} == {scene.id}


def should_give_each_notice_an_id_of_its_own(scene: Scene) -> None:
    scene.change(scene.registration.password, "new password")
    first = next(one.id for one in scene.user.outbox.values() if one.kind == "password-changed")
    scene.change("new password", "newer password")
    second = next(one.id for one in scene.user.outbox.values() if one.kind == "password-changed")
    assert first != second


def should_let_one_of_two_followers_win(scene: Scene) -> None:
    """Both regions get the link at the same moment: the store lets one write pass."""
    token = scene.reset()

    class Racing(MemoryStore):
        raced = False

        def replace(self, seen: User, becomes: User, key: str) -> None:
            if not self.raced:
                self.raced = True
                follow_link(scene.realm, token, any_write(status=204), new_password="first password")
            super().replace(seen, becomes, key)

    store = Racing()
    store.create(scene.user)
    scene.realm = replace(scene.realm, store=store)
    assert code_of(lambda: scene.follow(token, "second password")) == "link-used"
    assert scene.may_log_in("first password")


def should_send_a_link_every_ten_minutes_at_most_and_remember_no_key(scene: Scene) -> None:
    first = scene.reset()
    scene.clock.advance(minutes=9, seconds=59)
    assert scene.reset() == first
    rev = scene.user.rev
    scene.clock.advance(seconds=1)
    second = scene.reset()
    assert second != first
    assert (scene.user.rev, scene.user.applied.keys() & {""}) == (rev + 1, set())
    assert code_of(lambda: scene.follow(first, "new password")) == "link-used"
    assert scene.follow(second, "new password")


def should_send_a_link_when_all_keys_are_taken(scene: Scene) -> None:
    for _ in range(REMEMBERED):
        edit_profile(scene.realm, scene.id, any_write(caller=scene.id, key=any_key()), name="x")
    assert scene.reset()


def should_send_nothing_to_an_address_without_an_account(scene: Scene) -> None:
    ask_for_link(scene.realm, any_email())
    assert scene.user.outbox.keys() == {one.id for one in scene.user.outbox.values()}
    assert {one.kind for one in scene.user.outbox.values()} == {"welcome"}


def should_hold_no_more_notices_than_there_are_kinds(scene: Scene) -> None:
    for number in range(20):
        scene.clock.advance(minutes=11)
        scene.reset()
        scene.change(
            scene.registration.password if not number else f"password {number}", f"password {number + 1}"
        )
    assert sorted(one.kind for one in scene.user.outbox.values()) == ["password-changed", "reset", "welcome"]
    assert len(scene.user.links) <= 2


def should_undo_a_deletion_by_the_link_in_its_notice(scene: Scene) -> None:
    scene.reset()
    delete(scene.realm, scene.id, any_write(caller="admin"))
    assert {link.purpose for link in scene.user.links.values()} == {"restore"}
    token = scene.token("deleted")
    scene.clock.advance(days=29, hours=23)
    assert scene.follow(token).status == 204
    assert scene.user.profile.deleted_at is None
    assert events_of(scene.user)[0].what == "restored"
    assert scene.may_log_in(scene.registration.password)


def should_not_undo_a_deletion_after_thirty_days(scene: Scene) -> None:
    delete(scene.realm, scene.id, any_write(caller="admin"))
    token = scene.token("deleted")
    scene.clock.advance(days=30)
    assert code_of(lambda: scene.follow(token)) == "link-used"
    assert code_of(lambda: restore(scene.realm, scene.id, any_write(caller="admin"))) == "not-found"
    ask_for_link(scene.realm, scene.registration.email)
    assert {one.kind for one in scene.user.outbox.values()} == {"welcome", "deleted"}


def should_lead_nowhere_after_the_administrator_has_restored(scene: Scene) -> None:
    delete(scene.realm, scene.id, any_write(caller="admin"))
    token = scene.token("deleted")
    restore(scene.realm, scene.id, any_write(caller="admin"))
    assert code_of(lambda: scene.follow(token)) == "link-used"


def should_verify_and_reset_nobody_who_is_deleted(scene: Scene) -> None:
    """A link that a late write has put back must not work on a tombstone."""
    token, links = scene.reset(), scene.user.links
    delete(scene.realm, scene.id, any_write(caller="admin"))
    scene.realm.store.replace(scene.user, replace(scene.user, links=links), "")
    assert code_of(lambda: scene.follow(token, "new password")) == "link-used"


def should_restore_nobody_who_is_not_deleted(scene: Scene) -> None:
    user = send_link(scene.user, PlainTokens(), "restore", "restorable", scene.clock.now)
    scene.realm.store.replace(scene.user, user, "")
    assert code_of(lambda: scene.follow(scene.token("restorable"))) == "link-used"


def again(scene: Scene) -> Registration:
    return replace(scene.registration, password="another password")


def should_offer_to_restore_once_a_day_when_a_deleted_address_registers(scene: Scene) -> None:
    delete(scene.realm, scene.id, any_write(caller="admin"))
    scene.clock.advance(days=2)
    write = any_write(operation="register_user", status=201)
    assert code_of(lambda: register(scene.realm, again(scene), write)) == "email-taken"
    first = scene.token("restorable")
    scene.clock.advance(hours=23)
    assert code_of(lambda: register(scene.realm, again(scene), write)) == "email-taken"
    assert scene.token("restorable") == first
    assert scene.follow(first).status == 204


def should_let_a_way_back_end_with_the_deletion_whenever_it_is_sent(scene: Scene) -> None:
    delete(scene.realm, scene.id, any_write(caller="admin"))
    deleted_at = scene.user.profile.deleted_at
    scene.clock.advance(days=2)
    ask_for_link(scene.realm, scene.registration.email)
    [link] = scene.user.links.values()
    assert deleted_at and (link.at, link.expires_at) == (scene.clock.now, deleted_at + timedelta(days=30))


def should_send_a_way_back_to_a_deleted_owner_who_asks_for_a_link(scene: Scene) -> None:
    delete(scene.realm, scene.id, any_write(caller="admin"))
    scene.clock.advance(days=2)
    ask_for_link(scene.realm, scene.registration.email)
    assert scene.follow(scene.token("restorable")).status == 204


def should_answer_email_taken_also_when_the_offer_cannot_be_written(scene: Scene) -> None:
    class Busy(MemoryStore):
        def replace(self, seen: User, becomes: User, key: str) -> None:
            raise Conflict(self.get(seen.id))

    delete(scene.realm, scene.id, any_write(caller="admin"))
    scene.clock.advance(days=2)
    store = Busy()
    store.create(scene.user)
    scene.realm = replace(scene.realm, store=store)
    assert code_of(lambda: register(scene.realm, again(scene), any_write(status=201))) == "email-taken"
    assert code_of(lambda: ask_for_link(scene.realm, scene.registration.email)) == "write-conflict"


def should_offer_nothing_to_an_owner_who_came_back_meanwhile(scene: Scene) -> None:
    class Restored(MemoryStore):
        def get(self, user_id: str) -> User | None:
            user = super().get(user_id)
            return user and replace(user, profile=replace(user.profile, deleted_at=None))

    delete(scene.realm, scene.id, any_write(caller="admin"))
    store = Restored()
    store.create(scene.user)
    realm: Realm = replace(scene.realm, store=store)
    scene.clock.advance(days=2)
    assert code_of(lambda: register(realm, again(scene), any_write(status=201))) == "email-taken"
    left = MemoryStore.get(store, scene.id)
    assert left and {one.kind for one in left.outbox.values()} == {"welcome", "deleted"}


def new_token(api: Api, person: Person, password: str) -> str:
    return str(api.log_in(person.email, password).json["token"])


def should_change_the_password_through_the_api_with_a_new_cookie(api: Api) -> None:
    person, password = api.somebody(), any_password()
    body = {"current_password": person.password, "new_password": password}
    reply = api("PUT", "/users/me/password", body, by=person)
    assert (reply.status, reply.text) == (204, "")
    assert api("GET", "/users/me", by=person).code == "not-signed-in"
    cookie = reply.headers["set-cookie"].partition(";")[0]
    assert api("GET", "/users/me", headers={"cookie": cookie}).status == 200
    assert new_token(api, person, password)


def should_name_the_current_password_when_it_is_wrong(api: Api) -> None:
    person = api.somebody()
    body = {"current_password": "wrong", "new_password": any_password()}
    reply = api("PUT", "/users/me/password", body, by=person)
    [error] = reply.json["errors"]
    assert (reply.status, error["pointer"], error["code"]) == (422, "/current_password", "wrong")


def should_repeat_a_change_by_its_key_although_the_session_has_ended_with_it(api: Api) -> None:
    """The answer was lost, the other region is asked: the old token is worth nothing there any more."""
    person, password, key = api.somebody(), any_password(), any_key()
    body = {"current_password": person.password, "new_password": password}
    assert api("PUT", "/users/me/password", body, by=person, key=key).status == 204
    again = api("PUT", "/users/me/password", body, by=person, key=key)
    assert again.status == 204
    cookie = again.headers["set-cookie"].partition(";")[0]
    assert api("GET", "/users/me", headers={"cookie": cookie}).status == 200
    guess = {**body, "new_password": any_password()}
    stolen = api("PUT", "/users/me/password", guess, by=person, key=key)
    assert (stolen.code, stolen.headers.get("set-cookie")) == ("idempotency-mismatch", None)


def should_answer_alike_whether_or_not_there_is_an_account(api: Api) -> None:
    person = api.somebody()
    replies = [api("POST", "/password-links", {"email": one}) for one in (person.email, any_email())]
    replies.append(api("POST", "/password-links", {"email": person.email.upper()}))
    assert {(reply.status, reply.text) for reply in replies} == {(202, "")}
    assert "set-cookie" not in replies[0].headers


def should_refuse_what_is_no_address(api: Api) -> None:
    assert api("POST", "/password-links", {"email": "x"}).code == "invalid"


def should_set_a_password_through_the_api_by_a_link_under_the_real_keys(api: Api) -> None:
    person, password = api.somebody(), any_password()
    api("POST", "/password-links", {"email": person.email})
    token = api.link(person, "reset")
    assert api("PUT", f"/password-links/{token}", {}).json["errors"][0]["pointer"] == "/new_password"
    assert api("PUT", f"/password-links/{token}", {"new_password": "short"}).code == "invalid"
    assert api("PUT", f"/password-links/{token}", {"new_password": password}).status == 204
    assert api("GET", "/users/me", by=person).code == "not-signed-in"
    assert new_token(api, person, password)
    assert api("PUT", f"/password-links/{token}", {"new_password": password}).code == "link-used"


def should_verify_through_the_api(api: Api) -> None:
    person = api.somebody()
    assert api("PUT", f"/password-links/{api.link(person, 'welcome')}", {}).status == 204
    assert api("GET", "/users/me", by=person).json["verified_at"].endswith("Z")


def should_store_no_token(api: Api) -> None:
    person = api.somebody()
    api("POST", "/password-links", {"email": person.email})
    token = api.link(person, "reset")
    assert token.partition(".")[2] not in str(api.items())
