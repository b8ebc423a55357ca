"""What answers requests about people, and whether the region can."""

from stacks.compute.notices import Notices
from stacks.compute.region import WAITING, Region
from stacks.stateful import LISTS
from twinhull import LiveFunction


def add_accounts(region: Region, notices: Notices) -> LiveFunction:
    """What people do with their own account."""
    stateful = region.stateful
    throttles = {"THROTTLES_TABLE": region.settings.throttles_table_name}
    accounts = region.function("accounts", {**region.users, **region.secrets, **throttles})
    stateful.users.grant(accounts, "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem")
    stateful.throttles.grant(accounts, "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem")
    stateful.keys.grant_read(accounts)
    stateful.origin.grant_read(accounts)
    notices.may_be_caused_by(accounts)
    return accounts


def add_directory(region: Region, notices: Notices) -> LiveFunction:
    """What is done with others."""
    stateful = region.stateful
    directory = region.function("directory", {**region.users, **region.secrets})
    stateful.users.grant(directory, "dynamodb:GetItem", "dynamodb:UpdateItem")
    stateful.users.grant(directory, "dynamodb:Query", indexes=[index["name"] for index in LISTS])
    stateful.keys.grant_read(directory)
    stateful.origin.grant_read(directory)
    notices.may_be_caused_by(directory)
    return directory


def add_health(region: Region) -> LiveFunction:
    """What says whether the region can serve, and answers what nothing else does."""
    stateful = region.stateful
    told = {**region.table, "ORIGIN_SECRET": region.settings.origin_secret_name}
    # Machines ask each minute, so that it is always warm; a call takes half a millisecond of a core.
    health = region.function("health", told, memory_size=WAITING, traced=False)
    stateful.users.grant(health, "dynamodb:GetItem")
    stateful.origin.grant_read(health)
    return health
