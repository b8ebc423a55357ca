"""One account per e-mail address."""

from dataclasses import replace

import pytest

from tests.lambdas.builders import (
    Clock,
    any_email,
    any_key,
    any_realm,
    any_registration,
    any_write,
)
from tests.lambdas.refusals import AnswerLost, code_of
from users import passwords
from users.change import Realm, Write
from users.edit_profile import edit_profile
from users.items import Conflict
from users.log_in import log_in
from users.model import User
from users.passwords import _HASHER, NOBODY, matches
from users.register import Registration, register


def registering(key: str | None = None, **body: object) -> Write:
    return any_write(operation="register_user", caller="anyone", status=201, key=key, body=body)


def should_create_a_user_who_can_log_in() -> None:
    clock = Clock()
    realm = any_realm(clock=clock)
    registration = any_registration(locale="zh-CN")
    done = register(realm, registration, registering())
    profile = done.user.profile
    assert done.status == 201
    assert (profile.email, profile.name, profile.locale) == (registration.email, registration.name, "zh-CN")
    assert (profile.role, profile.registered_at, profile.verified_at) == ("user", clock.now, None)
    assert log_in(realm, registration.email, registration.password) == done.user


def should_start_the_token_version_at_random() -> None:
    realm = any_realm()
    versions = {register(realm, any_registration(), registering()).user.token_version for _ in range(3)}
    assert len(versions) > 1


def should_refuse_an_address_that_is_taken() -> None:
    realm = any_realm()
    first = any_registration()
    user = register(realm, first, registering()).user
    for write in (registering(), registering(key=any_key())):
        assert (
            code_of(lambda write=write: register(realm, any_registration(email=first.email), write))  # type: ignore[misc]
            == "email-taken"
        )
    assert realm.store.get(user.id) == user


def should_answer_a_repetition_like_the_first_time_with_the_user_as_he_is_now() -> None:
    realm = any_realm()
    registration = any_registration()
    write = registering(key="key")
    user = register(realm, registration, write).user
    edit_profile(realm, user.id, any_write(), name="New")
    again = register(realm, registration, replace(write, own_key=".other"))
    assert (again.status, again.user.profile.name) == (201, "New")


def should_refuse_a_repetition_with_another_password() -> None:
    realm = any_realm()
    registration = any_registration()
    register(realm, registration, registering(key="key"))
    guess = replace(registration, password="another password")
    assert code_of(lambda: register(realm, guess, registering(key="key"))) == "email-taken"


def should_refuse_another_registration_under_the_same_key() -> None:
    realm = any_realm()
    registration = any_registration()
    register(realm, registration, registering(key="key", name="Ada"))
    other = replace(registration, name="Eve")
    assert code_of(lambda: register(realm, other, registering(key="key", name="Eve"))) == (
        "idempotency-mismatch"
    )


def should_forget_the_registration_s_key_after_a_day() -> None:
    clock = Clock()
    realm = any_realm(clock=clock)
    registration = any_registration()
    register(realm, registration, registering(key="key"))
    clock.advance(hours=24)
    assert code_of(lambda: register(realm, registration, registering(key="key"))) == "email-taken"


@pytest.mark.parametrize("key", [None, "key"])
def should_recognise_its_own_creation_when_the_sdk_repeats_it(key: str | None) -> None:
    realm = any_realm(AnswerLost())
    done = register(realm, any_registration(), registering(key=key))
    assert (done.status, done.user) == (201, realm.store.get(done.user.id))


def should_refuse_when_the_one_who_was_there_cannot_be_shown() -> None:
    class Vague:
        def create(self, user: User) -> None:
            raise Conflict(None)

    realm = any_realm(Vague())  # type: ignore[arg-type]
    assert code_of(lambda: register(realm, any_registration(), registering())) == "email-taken"


def log_in_code(realm: Realm, email: str, password: str) -> str:
    return code_of(lambda: log_in(realm, email, password))


def should_not_tell_why_a_log_in_failed() -> None:
    realm = any_realm()
    registration = any_registration(password="correct horse")
    user = register(realm, registration, registering()).user
    assert log_in_code(realm, registration.email, "wrong horse") == "bad-credentials"
    assert log_in_code(realm, any_email(), "correct horse") == "bad-credentials"
    assert log_in_code(realm, "no address", "correct horse") == "bad-credentials"
    gone = replace(user.profile, deleted_at=realm.now())
    realm.store.replace(user, replace(user, profile=gone, rev=2), ".key")
    assert log_in_code(realm, registration.email, "correct horse") == "bad-credentials"


def should_take_the_same_password_in_another_notation() -> None:
    realm = any_realm()
    registration = any_registration(password="ﬃｘed-ｗidth")
    tidy = Registration(**{**vars(registration), "password": "ffixed-width"})
    register(realm, tidy, registering())
    assert log_in(realm, registration.email, registration.password)


def should_compare_a_hash_also_when_there_is_no_account(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []

    class Spy:
        def verify(self, password_hash: str, password: bytes) -> bool:
            compared.append((password_hash, password))
            return True

    monkeypatch.setattr(passwords, "_HASHER", Spy())
    for email in (any_email(), "no address"):
        assert log_in_code(any_realm(), email, "correct horse") == "bad-credentials"
    assert compared == [(NOBODY, b"correct horse")] * 2


def should_compare_with_a_hash_of_the_same_cost_when_there_is_no_account() -> None:
    cost = _HASHER.hash("anything").rsplit("$", 2)[0]
    assert cost == "$argon2id$v=19$m=19456,t=2,p=1"
    assert NOBODY.startswith(f"{cost}$")
    assert matches("anything", None) is False


def should_not_match_a_damaged_hash() -> None:
    assert matches("anything", "$argon2id$damaged") is False


def should_show_nothing_secret_in_a_repr() -> None:
    registration = any_registration(password="correct horse")
    user = register(any_realm(), registration, registering()).user
    assert "correct horse" not in repr(registration)
    assert "argon2" not in repr(user)
