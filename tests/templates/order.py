"""The stacks of the default settings, in the order in which they are deployed."""

STACKS = (
    "twinhull-stateful-us-east-1",
    "twinhull-stateful-us-west-2",
    "twinhull-compute-us-east-1",
    "twinhull-compute-us-west-2",
    "twinhull-replication-us-east-1",
    "twinhull-replication-us-west-2",
    "twinhull-edge",
    "twinhull-watch-us-east-1",
    "twinhull-watch-us-west-2",
    "twinhull-pages-us-east-1",
    "twinhull-pages-us-west-2",
)
