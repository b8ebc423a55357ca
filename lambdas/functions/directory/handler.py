"""The directory function."""

from functools import partial

from functions.directory.env import Environment
from functions.directory.routes import Services, routes
from notices.courier import QueueCourier
from users.change import Realm, recall
from users.store import DynamoStore
from web.app import App
from web.cached_secret import CachedSecret
from web.clients.dynamodb import dynamodb
from web.clients.secrets_manager import secrets_manager
from web.clients.sqs import sqs
from web.cursors import Cursors
from web.environment import read
from web.keys import Fingerprints, Keys, LinkTokens
from web.origin import Origin
from web.session import Sessions


def make(environment: Environment) -> App[Services]:
    """The function with its clients."""
    secrets = secrets_manager()
    keys = Keys(CachedSecret(secrets, environment.keys_secret))
    courier = QueueCourier(sqs, environment.notifier_queue)
    store = DynamoStore(dynamodb(), environment.table_name, courier)
    realm = Realm(
        store=store, namespace=environment.user_namespace, signer=Fingerprints(keys), tokens=LinkTokens(keys)
    )
    return App(
        routes,
        Services(realm=realm, cursors=Cursors(keys)),
        origin=Origin(CachedSecret(secrets, environment.origin_secret)),
        region=environment.aws_region,
        sessions=Sessions(keys, store.get),
        recall=partial(recall, realm),
    )


handler = make(read(Environment))
