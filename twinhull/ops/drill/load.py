"""A steady load of reads and writes through the edge, by many clients at once.

Most clients live lives: register, log in, edit one's name while an administrator changes one's role, read,
be deleted, be restored, and anew. The others are there to catch what must not be:

- *rivals* want the same address at once, each in another region: one may get it;
- *granters* give a role by way of one region, and as soon as it is seen take it back by way of the other:
  the grant must not come again, however often it is sent;
- *plain* granters are like curl, without key or retry: to them a lost region may cost a write.
"""

import asyncio
import random
import time
import uuid
from dataclasses import dataclass, field, replace
from itertools import cycle
from typing import Any, Final

from twinhull.ops.client import Client, Manners
from twinhull.ops.drill.ledger import Account, Contest, Field, Ledger
from twinhull.ops.drill.sender import API, Sender

#: Edits of one account, each beside a change of its role; an account remembers 16 keys of either caller.
TURNS: Final = 6

#: Pauses of rivals and granters, in those of others: they are no load.
SELDOM: Final = 4

#: Seconds between two looks whether a grant has been executed, and how long to look: before it is repeated.
LOOKS: Final = 0.2
LOOKS_FOR: Final = 4.0

PLAIN: Final = Manners(keyed=False, retries=False)


def address(label: str) -> str:
    """An address that takes mail and disturbs nobody.

    https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html#send-email-simulator
    """
    return f"success+{label}@simulator.amazonses.com"


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody who has registered and logged in."""

    account: Account
    client: Client


@dataclass
class Load:
    """Runs until it is stopped; what was acknowledged is in ``ledger``.

    ``pace`` is the seconds from the beginning of one call of a client to that of the next.
    """

    sender: Sender
    regions: tuple[str, str]
    clients: int
    pace: float
    rivals: bool = True
    granters: bool = True
    plain: bool = True
    ledger: Ledger = field(default_factory=Ledger)
    run: str = field(default_factory=lambda: uuid.uuid4().hex[:8])
    ready: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    """Everybody has begun."""
    _stopping: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _numbers: int = field(default=0, init=False)
    _expected: int = field(default=0, init=False)
    _begun: set[object] = field(default_factory=set, init=False)

    async def go(self) -> None:
        """Load until `stop`; whoever is in the middle of something ends it."""
        async with asyncio.TaskGroup() as group:
            pairs = (self.regions, self.regions[::-1])
            everybody = [
                *([self._be_rivals()] if self.rivals else []),
                *(self._be_granter(self.sender.client.manners, *each) for each in pairs if self.granters),
                *(self._be_granter(PLAIN, *each) for each in pairs if self.plain),
            ]
            everybody += [self._live() for _ in range(max(1, self.clients - len(everybody)))]
            self._expected = len(everybody)
            for each in everybody:
                group.create_task(each)

    def stop(self) -> None:
        """Let everybody end."""
        self._stopping.set()

    async def _live(self) -> None:
        reads = cycle(("me", "list", "ready", "page"))
        while not self._stopping.is_set():
            person = await self._arrive(self.sender.client)
            self._begin()
            if person is None:
                await self._pause(time.monotonic(), 1)
                continue
            for _ in range(TURNS):
                for _ in range(3):
                    if self._stopping.is_set():
                        return
                    began = time.monotonic()
                    await self._read(person, next(reads))
                    await self._pause(began, 1)
                began = time.monotonic()
                if not all(await asyncio.gather(self._edit(person), self._change_role(person.account))):
                    break  # of which nobody knows how it is
                await self._pause(began, 2)
            else:
                began = time.monotonic()
                if await self._delete(person.account):
                    await self._restore(person.account)
                await self._pause(began, 2)

    def _begin(self) -> None:
        """Whoever calls it has begun."""
        self._begun.add(asyncio.current_task())
        if len(self._begun) == self._expected:
            self.ready.set()

    async def _be_granter(self, manners: Manners, region: str, other: str) -> None:
        while not self._stopping.is_set():
            person = await self._arrive(self.sender.client)
            for _ in range(TURNS if person else 0):
                assert person  # noqa: S101
                began = time.monotonic()
                undisturbed = await self._grant_and_take_back(person.account, manners, region, other)
                self._begin()
                if not undisturbed:
                    break
                await self._pause(began, SELDOM)
                if self._stopping.is_set():
                    return
            else:
                await self._pause(time.monotonic(), 1)

    async def _grant_and_take_back(self, account: Account, manners: Manners, region: str, other: str) -> bool:
        """Grant in one region; take it back in the other as soon as it is seen there, answered or not."""
        admin = await self.sender.as_administrator()
        url = f"{API}/users/{account.id}"
        there = {"x-avoid-region": region}
        granter = replace(admin, manners=manners)
        granting = asyncio.create_task(
            self.sender.steer("grant", granter, "PUT", f"{url}/role", {"role": "admin"}, region, other)
        )
        granted = False
        until = time.monotonic() + LOOKS_FOR
        while not granted and time.monotonic() < until:
            await asyncio.wait({granting}, timeout=LOOKS)
            seen = await admin("GET", url, headers=there)
            granted = seen.status == 200 and seen.json()["role"] == "admin"
            if granting.done() and not granted:
                break
        taking = None
        if granted:
            body = {"role": "user"}
            taking = await self.sender.steer("take back", admin, "PUT", f"{url}/role", body, other, region)
        answer = await granting
        account.wrote("role-changed", account.role, "admin", acknowledged=answer.status == 200)
        if taking is not None:
            account.wrote("role-changed", account.role, "user", acknowledged=taking.status == 200)
        # The next grant would cover what a repetition of this one leaves behind.
        disturbed = len(answer.attempts) > 1 or answer.status != 200
        return not disturbed and taking is not None and taking.status == 200

    async def _be_rivals(self) -> None:
        while not self._stopping.is_set():
            began = time.monotonic()
            contest = Contest(email=address(f"{self.run}-rivals-{self._number()}"))
            self.ledger.contests.append(contest)
            await asyncio.gather(
                self._claim(contest, "Ada", *self.regions), self._claim(contest, "Bob", *self.regions[::-1])
            )
            self._begin()
            await self._pause(began, SELDOM)

    async def _claim(self, contest: Contest, name: str, region: str, other: str) -> None:
        body = {"email": contest.email, "password": uuid.uuid4().hex, "name": name}
        answer = await self.sender.steer(
            "contest", self.sender.client, "POST", f"{API}/users", body, region, other, expected={201, 409}
        )
        if answer.status == 201:
            contest.claims[name] = answer.json()["id"]

    async def _arrive(self, client: Client) -> Person | None:
        """Register and log in."""
        number = self._number()
        email, password = address(f"{self.run}-{number}"), uuid.uuid4().hex
        body = {"email": email, "password": password, "name": f"Person {number}"}
        answer = await self.sender.write("register", client, "POST", f"{API}/users", body, expected=201)
        if answer.status != 201:
            return None
        account = Account(id=answer.json()["id"], email=email, name=Field(body["name"]))
        self.ledger.accounts.append(account)
        credentials = {"email": email, "password": password}
        session = await self.sender.write(
            "log in", client, "POST", f"{API}/sessions", credentials, expected=201
        )
        if session.status != 201:
            return None
        return Person(account=account, client=client.signed_in(session.json()["token"]))

    async def _read(self, person: Person, what: str) -> None:
        match what:
            case "me":
                await self.sender.read(what, person.client, f"{API}/users/me")
            case "list":
                admin = await self.sender.as_administrator()
                await self.sender.read(what, admin, f"{API}/users?limit=10")
            case "ready":
                await self.sender.read(what, self.sender.client, f"{API}/health/ready")
            case _:
                await self.sender.read(what, self.sender.client, "/en/")

    async def _edit(self, person: Person) -> bool:
        account, name = person.account, f"Name {self._number()}"
        answer = await self.sender.write(
            "edit", person.client, "PATCH", f"{API}/users/me", {"name": name}, expected=200
        )
        account.wrote("profile-edited", account.name, name, acknowledged=answer.status == 200)
        return answer.status == 200

    async def _change_role(self, account: Account) -> bool:
        role = "user" if account.role.acknowledged == "admin" else "admin"
        done = await self._administer("change role", "PUT", account, "/role", {"role": role}, 200)
        account.wrote("role-changed", account.role, role, acknowledged=done)
        return done

    async def _delete(self, account: Account) -> bool:
        done = await self._administer("delete", "DELETE", account, "", None, 204)
        account.wrote("deleted", account.state, "deleted", acknowledged=done)
        return done

    async def _restore(self, account: Account) -> bool:
        done = await self._administer("restore", "POST", account, "/restore", None, 200)
        account.wrote("restored", account.state, "active", acknowledged=done)
        return done

    async def _administer(
        self, what: str, method: str, account: Account, path: str, body: Any, expected: int
    ) -> bool:
        admin = await self.sender.as_administrator()
        url = f"{API}/users/{account.id}{path}"
        return (await self.sender.write(what, admin, method, url, body, expected=expected)).status == expected

    async def _pause(self, began: float, calls: int) -> None:
        """Until the pace allows the next call; a little irregular, so that clients do not march in step."""
        rest = began + self.pace * calls * random.uniform(0.7, 1.3) - time.monotonic()  # noqa: S311
        try:
            await asyncio.wait_for(self._stopping.wait(), max(0, rest))
        except TimeoutError:
            return

    def _number(self) -> int:
        self._numbers += 1
        return self._numbers
