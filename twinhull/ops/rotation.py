"""Replacing the secret by which the APIs know CloudFront, one step at a time.

The secret holds one value, or two while it is replaced; the APIs accept both. Which step is next is read from
the secret and from what CloudFront sends, so that it can be interrupted anywhere and begun again:

1. `add`: the value that nobody sends is made anew, and named as the next one.
2. `switch`: when every region has it, somebody deploys the edge with the other `origin_key`.
3. `retire`: when CloudFront sends it everywhere, the earlier value is taken out.
"""

import secrets
import string
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

from botocore.exceptions import BotoCoreError, ClientError

from twinhull.ops.cloud import Cloud
from twinhull.ops.deployment import EDGE_REGION, Deployment
from twinhull.ops.edge import ask_edge
from twinhull.ops.origin import HEADER, KEYS, OriginSecret, ask_api, read_secret, secret_regions
from twinhull.ops.trouble import Exit, TroubleError, explained, interrupted

Step = Literal["add", "switch", "retire"]
Say = Callable[[str], None]

PATIENCE: Final = 180.0
"""Seconds for something to become as it should."""

SETTLE: Final = 65.0
"""Seconds. A function that does not know a value asks for the secret again, at most once a minute: a minute
after a region got a value, every warm function there knows it, or asks when it meets it."""

UNDER_WAY: Final = 30.0
"""Seconds for requests that still carry the earlier value: CloudFront waits for an answer for at most 12."""

PAUSE: Final = 2.0
LENGTH: Final = 64


@dataclass(frozen=True, kw_only=True)
class State:
    """The secret; the key of the value that CloudFront sends, None if it is neither; and whether every edge
    location does so.
    """

    secret: OriginSecret
    sent: str | None
    deployed: bool

    @property
    def step(self) -> Step:
        """What is next."""
        if self.secret.coming is None:
            return "add"
        return "retire" if self.sent == self.secret.coming else "switch"

    @property
    def coming(self) -> str:
        """The key that CloudFront is to send next."""
        if self.secret.coming:
            return self.secret.coming
        used = self.sent or min(self.secret.values)
        return other(used)


def other(key: str) -> str:
    """The other key."""
    return KEYS[1] if key == KEYS[0] else KEYS[0]


class Rotation:
    """Does the steps. Nothing that it says holds a value."""

    def __init__(self, cloud: Cloud, deployment: Deployment, say: Say) -> None:
        self._cloud = cloud
        self._deployment = deployment
        self._say = say
        self._home = deployment.regions[0].name

    def look(self) -> State:
        """Where the rotation stands.

        :raises TroubleError: the secret or the distribution cannot be read.
        """
        secret = read_secret(self._cloud, self._deployment, self._home)
        try:
            found = self._cloud.client("cloudfront", EDGE_REGION).get_distribution(
                Id=self._deployment.distribution
            )["Distribution"]
        except (BotoCoreError, ClientError) as error:
            raise explained(error, "reading what CloudFront sends") from error
        sent = _sent(found["DistributionConfig"])
        keys = [key for key, value in secret.values.items() if sent == {value}]
        return State(secret=secret, sent=keys[0] if keys else None, deployed=found["Status"] == "Deployed")

    def add(self, seen: State) -> State:
        """Make the value anew that CloudFront does not send, and name it as the next one.

        :raises TroubleError: the secret cannot be written, or somebody else has changed it.
        """
        used = other(seen.coming)
        values = {used: seen.secret.values[used], seen.coming: _any_value()}
        with interrupted(
            "the secret may have a new value, which nobody sends yet; the same command goes on."
        ):
            secret = self._put(seen, OriginSecret(values=values, coming=seen.coming))
        self._say(f"✓ the secret has a new value {seen.coming}; CloudFront goes on sending {used}")
        return State(secret=secret, sent=seen.sent, deployed=seen.deployed)

    def spread(self, seen: State) -> None:
        """Wait until every region has the next value, and every API accepts it.

        :raises TroubleError: not in time.
        """
        with interrupted("nothing is lost; the same command goes on waiting."):
            self._wait_for_copies(seen.secret)
            self._say(f"  waiting {SETTLE:.0f} s, until every function may ask for the secret again")
            time.sleep(SETTLE)
            value = seen.secret.values[seen.coming]
            for region in self._deployment.regions:

                def accepted() -> str | None:
                    heard = ask_api(self._cloud, self._deployment, region, value)  # noqa: B023
                    knows = heard.region == region.name and heard.status != 403  # noqa: B023
                    return None if knows else heard.said

                _wait(accepted, f"{region.name} does not accept the new value")
                self._say(f"✓ {region.name} accepts it")

    def verify(self, seen: State) -> None:
        """See that CloudFront sends the next value everywhere, and that the APIs accept what it sends.

        :raises TroubleError: not in time.
        """

        def arrived() -> str | None:
            state = self.look()
            return None if state.sent == seen.coming and state.deployed else "it is still being deployed"

        with interrupted("nothing was changed; the same command goes on."):
            _wait(arrived, "CloudFront does not send the new value at every edge location yet")
            heard = [
                ask_edge(self._cloud, self._deployment, avoid=region.name)
                for region in self._deployment.regions
            ]
            refused = [each.said for each in heard if each.status == 403 or each.status is None]
            if refused or not any(each.region for each in heard):
                raise TroubleError(
                    "not-accepted",
                    "The earlier value stays: what CloudFront sends now is not accepted "
                    f"({', '.join(each.said for each in heard)}).",
                )
            self._say(f"✓ CloudFront sends {seen.coming} everywhere, and the APIs accept it")

    def retire(self, seen: State) -> State:
        """Take the earlier value out, when the requests that carry it are over.

        :raises TroubleError: the secret cannot be written, or somebody else has changed it.
        """
        with interrupted("the earlier value may still be in the secret; the same command goes on."):
            self._say(f"  waiting {UNDER_WAY:.0f} s for requests under way")
            time.sleep(UNDER_WAY)
            secret = self._put(seen, OriginSecret(values={seen.coming: seen.secret.values[seen.coming]}))
            self._wait_for_copies(secret)
        self._say("✓ the earlier value is taken out; functions forget it within five minutes")
        return State(secret=secret, sent=seen.sent, deployed=seen.deployed)

    def _put(self, seen: State, secret: OriginSecret) -> OriginSecret:
        if read_secret(self._cloud, self._deployment, self._home) != seen.secret:
            raise TroubleError(
                "changed-meanwhile", "Somebody else has changed the secret meanwhile: run it again."
            )
        try:
            self._cloud.client("secretsmanager", self._home).put_secret_value(
                SecretId=self._deployment.origin_secret, SecretString=secret.text
            )
        except (BotoCoreError, ClientError) as error:
            raise explained(error, f"writing the origin secret in {self._home}") from None
        return secret

    def _wait_for_copies(self, secret: OriginSecret) -> None:
        for region in secret_regions(self._deployment):

            def copied() -> str | None:
                same = read_secret(self._cloud, self._deployment, region) == secret  # noqa: B023
                return None if same else "it holds another one"

            _wait(copied, f"{region} does not hold the secret that {self._home} holds")
        self._say(f"✓ it is in {', '.join(secret_regions(self._deployment))}")


def _sent(config: Any) -> set[str]:
    """What CloudFront sends to APIs: one value, unless somebody has changed an origin by hand."""
    return {
        header["HeaderValue"]
        for origin in config["Origins"]["Items"]
        for header in origin.get("CustomHeaders", {}).get("Items", [])
        if header["HeaderName"].lower() == HEADER
    }


def _wait(missing: Callable[[], str | None], sentence: str) -> None:
    """Until nothing is missing; what is missing is said when it takes too long."""
    deadline = time.monotonic() + PATIENCE
    while (fault := missing()) is not None:
        if time.monotonic() >= deadline:
            raise TroubleError("not-yet", f"{sentence} ({fault}). Run it again: it goes on from there.")
        time.sleep(PAUSE)


def _any_value() -> str:
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(LENGTH))


def refuse_unless_next(state: State, wished: Step | None) -> None:
    """Refuse a step whose turn it is not.

    :raises TroubleError: another one is next.
    """
    if wished is None or wished == state.step:
        return
    reasons = {
        "add": "no new value has been added yet",
        "switch": f"the edge does not send {state.coming} yet: deploy it with origin_key={state.coming}",
        "retire": f"the edge sends {state.coming} already, and the earlier value is to be retired first",
    }
    raise TroubleError(
        "out-of-order", f"{wished} is not next: {reasons[state.step]}. Nothing was changed.", Exit.ATTENTION
    )
