"""AWS::SecretsManager::Secret: all of GenerateSecretString, of which MiniStack honours the length only.

Generated values come from the function behind GetRandomPassword, which knows every rule and uses real
randomness.
"""

import json
from typing import Any

from ministack.services import secretsmanager
from ministack.services.cloudformation import provisioners

TYPE = "AWS::SecretsManager::Secret"
# Where the template and the generated value meet; the rest are rules for the value.
_TEMPLATE, _KEY = "SecretStringTemplate", "GenerateStringKey"


def _value(properties: dict[str, Any]) -> str:
    rules = properties.get("GenerateSecretString")
    if rules is None:
        return str(properties.get("SecretString", ""))
    status, _, answer = secretsmanager._get_random_password(
        {key: value for key, value in rules.items() if key not in (_TEMPLATE, _KEY)}
    )
    if status >= 400:
        raise ValueError(f"{TYPE}: GenerateSecretString was refused: {answer!r}")
    generated = str(json.loads(answer)["RandomPassword"])
    if _TEMPLATE not in rules:
        return generated
    return json.dumps({**json.loads(rules[_TEMPLATE]), rules[_KEY]: generated})


def install() -> None:
    """Let MiniStack's handlers take the value from here."""
    provisioners._sm_secret_string = _value
