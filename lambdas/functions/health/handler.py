"""The health function, which is also the API's default."""

from functions.health.env import Environment
from functions.health.missing import missing
from functions.health.routes import Services, routes
from web.app import App
from web.cached_secret import CachedSecret
from web.clients.config import ONE_SECOND
from web.clients.dynamodb import dynamodb
from web.clients.secrets_manager import secrets_manager
from web.environment import read
from web.origin import Origin


def make(environment: Environment) -> App[Services]:
    """The function with its clients."""
    return App(
        routes,
        Services(
            client=dynamodb(ONE_SECOND),
            table_name=environment.table_name,
            region=environment.aws_region,
        ),
        origin=Origin(CachedSecret(secrets_manager(), environment.origin_secret)),
        region=environment.aws_region,
        missing=missing,
    )


handler = make(read(Environment))
