"""CDK constructs for serverless applications that keep serving when an AWS Region is lost.

Names are resolved when they are first used, so that parts which need no CDK do not wait for its import.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from twinhull.alarms.factory import Alarms
    from twinhull.alarms.queries import SavedQueries
    from twinhull.alarms.topics import AlarmTopics
    from twinhull.bucket_replication import BucketReplication
    from twinhull.failover_distribution import FailoverDistribution
    from twinhull.firewall import Firewall
    from twinhull.global_table import GlobalTable, Index
    from twinhull.key_rotation import KeyRotation
    from twinhull.live_function import LiveFunction
    from twinhull.mail_sender import MailSender
    from twinhull.packaging import PythonPackage
    from twinhull.regional_api import RegionalApi
    from twinhull.regions import Regions
    from twinhull.replicated_bucket import ReplicatedBucket
    from twinhull.replicated_secret import ReplicatedSecret
    from twinhull.static_site import StaticSite
    from twinhull.watchdog import Watchdog
    from twinhull.work_queue import WorkQueue

_MODULES = {
    "AlarmTopics": "alarms.topics",
    "Alarms": "alarms.factory",
    "BucketReplication": "bucket_replication",
    "FailoverDistribution": "failover_distribution",
    "Firewall": "firewall",
    "GlobalTable": "global_table",
    "Index": "global_table",
    "KeyRotation": "key_rotation",
    "LiveFunction": "live_function",
    "MailSender": "mail_sender",
    "PythonPackage": "packaging",
    "RegionalApi": "regional_api",
    "Regions": "regions",
    "ReplicatedBucket": "replicated_bucket",
    "ReplicatedSecret": "replicated_secret",
    "SavedQueries": "alarms.queries",
    "StaticSite": "static_site",
    "Watchdog": "watchdog",
    "WorkQueue": "work_queue",
}

__all__ = [
    "AlarmTopics",
    "Alarms",
    "BucketReplication",
    "FailoverDistribution",
    "Firewall",
    "GlobalTable",
    "Index",
    "KeyRotation",
    "LiveFunction",
    "MailSender",
    "PythonPackage",
    "RegionalApi",
    "Regions",
    "ReplicatedBucket",
    "ReplicatedSecret",
    "SavedQueries",
    "StaticSite",
    "Watchdog",
    "WorkQueue",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
