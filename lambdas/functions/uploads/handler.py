"""The uploads function."""

from functools import cache

from files.forms import SignedForms
from files.objects import Bucket, S3Objects
from files.store import DynamoStore
from functions.uploads.env import Environment
from functions.uploads.routes import Services, routes
from notices.times import now
from users.store import DynamoStore as Users
from web.app import App
from web.cached_secret import CachedSecret
from web.clients.dynamodb import dynamodb
from web.clients.s3 import s3
from web.clients.secrets_manager import secrets_manager
from web.clients.session import credentials
from web.cursors import Cursors
from web.environment import read
from web.keys import Keys
from web.origin import Origin
from web.session import Sessions


def make(environment: Environment) -> App[Services]:
    """The function with its clients."""
    secrets, tables, region = secrets_manager(), dynamodb(), environment.aws_region
    keys = Keys(CachedSecret(secrets, environment.keys_secret))

    @cache
    def objects() -> S3Objects:
        # Seldom needed, and the largest client of all.
        return S3Objects({region: Bucket(name=environment.uploads_bucket, client=s3(region))}, region)

    services = Services(
        store=DynamoStore(tables, environment.table_name),
        objects=objects,
        forms=SignedForms(
            credentials,
            bucket=environment.uploads_bucket,
            urls={region: environment.uploads_url, environment.peer_region: environment.peer_uploads_url},
            region=region,
        ),
        cursors=Cursors(keys),
        region=region,
        now=now,
    )
    return App(
        routes,
        services,
        origin=Origin(CachedSecret(secrets, environment.origin_secret)),
        region=region,
        sessions=Sessions(keys, Users(tables, environment.table_name).get),
    )


handler = make(read(Environment))
