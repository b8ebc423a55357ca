"""How long clients wait, and how often they try."""

from botocore.config import Config

# botocore's own 60 s turn ten slow requests into an outage. Its legacy mode waits 50 ms before it asks
# DynamoDB again (also after a ReplicatedWriteConflictException); the standard mode waits up to a second.
REQUEST = Config(
    connect_timeout=0.5,
    read_timeout=1,
    retries={"mode": "legacy", "total_max_attempts": 2},
    tcp_keepalive=True,
)
ONE_SECOND = Config(
    connect_timeout=0.4,
    read_timeout=0.6,
    retries={"mode": "legacy", "total_max_attempts": 1},
    tcp_keepalive=True,
)
# Nobody waits for a letter, and the SDK must not send it twice: who sends it tries again by himself.
ONCE = Config(connect_timeout=2, read_timeout=5, retries={"mode": "legacy", "total_max_attempts": 1})
#: For work that nobody waits for, in a function that is called again when it fails.
WORK = Config(
    connect_timeout=1,
    read_timeout=5,
    retries={"mode": "legacy", "total_max_attempts": 2},
    tcp_keepalive=True,
)
