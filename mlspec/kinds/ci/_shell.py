"""A project's own steps, values and logins as lines of bash, all quoted, for a CI whose jobs are one script."""

from __future__ import annotations

from collections.abc import Mapping
from shlex import quote
from typing import Final

from mlspec.kinds.ci._jobs import Extra, Login, Value

_AUDIENCES: Final = {"aws": "sts.amazonaws.com", "azure": "api://AzureADTokenExchange"}
"""Whom a login's token is for; Google wants its provider's name in it."""


def exports(values: Mapping[str, str]) -> str:
    """Variables with these very texts."""
    return "export " + " ".join(f"{name}={quote(text)}" for name, text in values.items())


def given(env: Mapping[str, Value]) -> str:
    """A function that sets the environment of a job's own step; empty where there is nothing to set."""
    return f"given() {{ export {_assigned(env)}; }}" if env else ""


def extra(step: Extra) -> str:
    """A step of the user's own, in a shell of its own; not after one that failed."""
    command = " ".join(part for part in (_assigned(step.env), f"bash -eo pipefail -c {quote(step.run or '')}") if part)
    return f'echo {quote(f"== {step.name}")}\nif [ "$FAILED" -eq 0 ]; then {command}; fi'


def token(login: Login, number: int) -> str:
    """The name of a login's token."""
    return f"MLSPEC_ID_{login.cloud.upper()}_{number}"


def audience(login: Login) -> str:
    """Whom a login's token is for, as GitLab expands it."""
    if login.cloud != "gcp":
        return _AUDIENCES[login.cloud]
    provider = login.inputs["provider"]
    name = provider.text.replace("$", "$$") if provider.kind == "value" else f"${provider.text}"
    return f"https://iam.googleapis.com/{name}"


def login(found: Login, number: int) -> str:
    """What clouds' own libraries look for: the token in a file, and whose it is."""
    name = token(found, number)
    said = {key: _word(value) for key, value in found.inputs.items()}
    kept = f'"$TEMP/{name}"'
    return f'echo "== Log in"\nprintf "%s" "${name}" > {kept}\n{_CLOUDS[found.cloud].format(token=kept, **said)}'


_CLOUDS: Final = {
    "aws": "export AWS_ROLE_ARN={role} AWS_REGION={region} AWS_DEFAULT_REGION={region} "
    "AWS_WEB_IDENTITY_TOKEN_FILE={token} AWS_ROLE_SESSION_NAME=mlspec-$CI_PIPELINE_ID",
    "azure": "export AZURE_CLIENT_ID={client} AZURE_TENANT_ID={tenant} AZURE_SUBSCRIPTION_ID={subscription} "
    "AZURE_FEDERATED_TOKEN_FILE={token}",
    "gcp": """export GOOGLE_APPLICATION_CREDENTIALS=$TEMP/google.json
python -I -c 'import json, sys
name, account, file = sys.argv[1:]
kept = {{
    "type": "external_account",
    "audience": "//iam.googleapis.com/" + name,
    "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
    "token_url": "https://sts.googleapis.com/v1/token",
    "credential_source": {{"file": file}},
    "service_account_impersonation_url":
        "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/" + account + ":generateAccessToken",
}}
print(json.dumps(kept))' {provider} {account} {token} > "$GOOGLE_APPLICATION_CREDENTIALS\"""",
}
"""How each cloud's libraries find a token."""


def _assigned(env: Mapping[str, Value]) -> str:
    return " ".join(f"{name}={_word(value)}" for name, value in env.items())


def _word(value: Value) -> str:
    """One word of bash: a text as it stands, or what a CI/CD variable holds."""
    return quote(value.text) if value.kind == "value" else f'"${value.text}"'
