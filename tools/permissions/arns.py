"""The ARNs that templates refer to, as patterns: names that CloudFormation makes up end in `*`."""

import re
from dataclasses import dataclass
from typing import Any, Final

from local.emulator_process import ACCOUNT
from tools.assembly import Assembly

#: Type → (the property that names it, its ARN). Without it, CloudFormation makes a name of the stack's, the
#: logical id and some characters; of the logical id alone for the types of `SHORT`.
KINDS: Final = {
    "AWS::CloudFront::KeyValueStore": ("", "arn:aws:cloudfront::{account}:key-value-store/*"),
    "AWS::IAM::Role": ("RoleName", "arn:aws:iam::{account}:role/{name}"),
    "AWS::Logs::LogGroup": ("LogGroupName", "arn:aws:logs:{region}:{account}:log-group:{name}:*"),
    "AWS::S3::Bucket": ("BucketName", "arn:aws:s3:::{name}"),
    "AWS::SES::ConfigurationSet": ("Name", "arn:aws:ses:{region}:{account}:configuration-set/{name}"),
    "AWS::SES::EmailIdentity": ("EmailIdentity", "arn:aws:ses:{region}:{account}:identity/{name}"),
    "AWS::SQS::Queue": ("QueueName", "arn:aws:sqs:{region}:{account}:{name}"),
}
SHORT: Final = {"AWS::SES::ConfigurationSet"}


@dataclass(frozen=True)
class Arns:
    """Resolves the strings of an assembly's templates."""

    assembly: Assembly

    def resolve(self, stack: str, value: Any) -> str:
        """Return a string of a stack's template with its references replaced; raise ValueError if unknown."""
        match value:
            case str():
                return value
            case {"Ref": str(name)} if "::" in name:
                return self._pseudo(stack, name)
            case {"Ref": str(id)}:
                return self._name(stack, id)
            case {"Fn::GetAtt": [str(id), "Arn"]}:
                return self._arn(stack, id)
            case {"Fn::Join": [separator, parts]}:
                return str(separator).join(self.resolve(stack, part) for part in parts)
            case {"Fn::Sub": str(text)}:
                return re.sub(r"\$\{([\w:]+)\}", lambda found: self.resolve(stack, {"Ref": found[1]}), text)
            case {"Fn::GetStackOutput": {"StackName": str(other), "OutputName": output}}:
                return self.resolve(other, self.assembly.templates[other]["Outputs"][output]["Value"])
        raise ValueError(f"tools/permissions/arns.py cannot resolve {value} of {stack}.")

    def _pseudo(self, stack: str, name: str) -> str:
        return {
            "AWS::AccountId": ACCOUNT,
            "AWS::Partition": "aws",
            "AWS::Region": self.assembly.region(stack),
        }[name]

    def _name(self, stack: str, id: str) -> str:
        body = self.assembly.templates[stack]["Resources"][id]
        given = body.get("Properties", {}).get(self._kind(body["Type"])[0])
        if given:
            return self.resolve(stack, given)
        return f"{id}-*" if body["Type"] in SHORT else f"{stack}-{id}-*"

    def _arn(self, stack: str, id: str) -> str:
        _, arn = self._kind(self.assembly.templates[stack]["Resources"][id]["Type"])
        return arn.format(region=self.assembly.region(stack), account=ACCOUNT, name=self._name(stack, id))

    @staticmethod
    def _kind(kind: str) -> tuple[str, str]:
        if kind not in KINDS:
            raise ValueError(f"tools/permissions/arns.py does not know the ARNs of {kind}: add it to KINDS.")
        return KINDS[kind]
