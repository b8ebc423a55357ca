"""Where a grantee is."""

from typing import cast

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import IConstruct


def stack_of(grantee: iam.IGrantable) -> Stack:
    """The stack of a function, a role or whatever else is granted something.

    :raises ValueError: the grantee is a principal without a place, like a service.
    """
    for candidate in (grantee, grantee.grant_principal):
        if hasattr(candidate, "node"):  # only constructs are in the tree
            return Stack.of(cast(IConstruct, candidate))
    raise ValueError(
        f"{type(grantee).__name__} is in no stack, so its region is unknown; grant a function or a role."
    )
