"""What became of an e-mail: it came back, or whoever got it complained."""

from dataclasses import replace
from typing import Literal

from telemetry.metrics import count
from users.change import Realm, revise
from users.model import User, user_id
from users.rules import normalise_email

Complaint = Literal["bounced", "complained"]


def take_feedback(realm: Realm, email: str, what: Complaint) -> None:
    """Remember with the user of an address, if there is one, that mail to it is refused or unwelcome.

    Only what somebody must hear is sent there from now on, until he follows a link in it.
    """
    count("NoticesBounced" if what == "bounced" else "NoticesComplained")

    def decide(user: User) -> User:
        if what == "bounced":
            return user if user.bounced_at else replace(user, bounced_at=realm.now())
        return user if user.complained_at else replace(user, complained_at=realm.now())

    revise(realm, user_id(realm.namespace, normalise_email(email)), decide)
