"""The tables of the application as a value: hundreds of tests need not create and fill their own."""

import pickle

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import DynamoDBBackend, dynamodb_backends

from tests.lambdas.api import REGION, TABLE, THROTTLES


def save() -> bytes:
    """Return both tables with their items."""
    tables = _backend().tables
    return pickle.dumps({name: tables[name] for name in (TABLE, THROTTLES)})


def restore(saved: bytes) -> None:
    """Make both tables what they were."""
    _backend().tables.update(pickle.loads(saved))


def _backend() -> DynamoDBBackend:
    return dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION]
