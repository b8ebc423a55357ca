"""Comparing a password, the slower the more often somebody guesses."""

from datetime import datetime, timedelta

from telemetry.metrics import count
from users.change import Realm
from users.errors import Refusal
from users.passwords import matches
from users.throttles import Failures, Throttles, Unreachable

FREE = 5
FIRST = timedelta(seconds=1)
LONGEST = timedelta(minutes=15)
ROUNDS = 3


def compare(realm: Realm, user_id: str, password: str, password_hash: str | None) -> bool:
    """Whether this is the password of an account; None stands for an account that does not exist.

    From the fifth failure in a row on, the account's passwords are compared no sooner than after a second,
    then two, four and so on up to 15 minutes: ``slow-down`` before that, for the right one too. An attempt is
    counted before its password is compared, so that many at once are no more than one; a success forgets all.
    The counts may be lost: while they cannot be read, passwords are compared without.
    """
    throttles = realm.throttles
    try:
        if throttles:
            _count(throttles, user_id, realm.now())
    except Unreachable:
        throttles = None
    is_password = matches(password, password_hash)
    if is_password and throttles:
        try:
            throttles.forget(user_id)
        except Unreachable:
            return True
    return is_password


def _count(throttles: Throttles, user_id: str, now: datetime) -> None:
    for _ in range(ROUNDS):
        seen = throttles.get(user_id, now)
        if seen and (left := seen.at + wait(seen.count) - now) > timedelta(0):
            count("FailedLogIns")
            count("SlowedLogIns")
            raise Refusal("slow-down", retry_after=-(-left // timedelta(seconds=1)))
        if throttles.put(user_id, seen, Failures(count=seen.count + 1 if seen else 1, at=now)):
            return
    raise Refusal("slow-down", retry_after=1)


def wait(failures: int) -> timedelta:
    """How long after so many failures the next attempt has to wait.

    >>> [str(wait(failures)) for failures in (4, 5, 6, 14, 15, 99)]
    ['0:00:00', '0:00:01', '0:00:02', '0:08:32', '0:15:00', '0:15:00']
    """
    if failures < FREE:
        return timedelta(0)
    doublings: int = min(failures - FREE, 20)
    return min(LONGEST, FIRST * (1 << doublings))
