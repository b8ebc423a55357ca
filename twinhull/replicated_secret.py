"""A generated secret that several regions hold."""

import json
from collections.abc import Mapping, Sequence
from typing import TypedDict, Unpack

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from twinhull.grantee import stack_of


class SecretOverrides(TypedDict, total=False):
    """What a `ReplicatedSecret` passes through to `aws_secretsmanager.Secret`; see there."""

    description: str
    removal_policy: RemovalPolicy


class ReplicatedSecret(Construct):
    """A JSON object with one generated value, under one name in each of several regions.

    >>> tokens = ReplicatedSecret(
    ...     self,
    ...     "Tokens",
    ...     secret_name="shop/tokens",
    ...     regions=regions.serving,
    ...     template={"sign": "a"},
    ...     generated_key="a",
    ... )
    >>> tokens.grant_read(function)

    :ivar secret: the `aws_secretsmanager.Secret` of the stack's region.
    """

    secret: secretsmanager.Secret

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        secret_name: str,
        regions: Sequence[str],
        template: Mapping[str, str],
        generated_key: str,
        **overrides: Unpack[SecretOverrides],
    ) -> None:
        """Make the secret and its replicas.

        :param secret_name: the same in all regions, so that other stacks need no reference to this one.
        :param regions: all that hold it; the stack's own is one of them, and one named twice counts once.
        :param template: what the object holds besides the generated value.
        :param generated_key: the field whose value, 64 letters and digits, is generated at the first deploy.
        :param overrides: passed to `aws_secretsmanager.Secret` after the defaults.
        :raises ValueError: the stack's region is not among ``regions``.
        """
        super().__init__(scope, id)
        here = Stack.of(self).region
        if here not in regions:
            raise ValueError(f"regions are {', '.join(regions)}; add {here}, the region of the stack itself.")
        self._secret_name = secret_name
        properties: SecretOverrides = {
            "removal_policy": RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
            **overrides,
        }
        self.secret = secretsmanager.Secret(
            self,
            "Resource",
            secret_name=secret_name,
            generate_secret_string=secretsmanager.SecretStringGenerator(
                secret_string_template=json.dumps(dict(template)),
                generate_string_key=generated_key,
                password_length=64,
                exclude_punctuation=True,
            ),
            replica_regions=[
                secretsmanager.ReplicaRegion(region=region)
                for region in dict.fromkeys(regions)
                if region != here
            ],
            **properties,
        )

    def in_region(self, scope: Construct) -> secretsmanager.ISecret:
        """The replica in the region of ``scope``, where the secret itself would be the primary region's."""
        id = f"{self.node.id}Replica"
        existing = scope.node.try_find_child(id)
        if existing is not None:
            return existing  # type: ignore[return-value] # it is the one made below
        return secretsmanager.Secret.from_secret_name_v2(scope, id, self._secret_name)

    def grant_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow to read the value of the replica in the grantee's own region."""
        return self._grant(grantee, "secretsmanager:GetSecretValue")

    def grant_write(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow to put another value, which is then replicated.

        :raises ValueError: the grantee is in another region than the secret: replicas cannot be written.
        """
        here, there = Stack.of(self).region, stack_of(grantee).region
        if here != there:
            raise ValueError(
                f"The secret is written in {here}, and the grantee is in {there}; move it there."
            )
        return self._grant(grantee, "secretsmanager:PutSecretValue")

    def _grant(self, grantee: iam.IGrantable, action: str) -> iam.Grant:
        secret = self.in_region(stack_of(grantee))
        # Secrets Manager ends each ARN with six random characters, other ones in each region.
        return iam.Grant.add_to_principal(
            grantee=grantee, actions=[action], resource_arns=[f"{secret.secret_arn}-??????"]
        )
