"""Masking: what looks like a key, a token or a password is replaced before it is written anywhere.

1. Keys that say what they are, by the formats that their services publish.
2. Users' passwords in URLs.
3. Values beside names that tell of secrets (`named_secrets`).

It is a net under logs, not a vault: a password that is a plain word beside no telling name is not found. What it costs
grows with the length of a text alone, whatever stands in it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from context_observe.mask import MASK
from context_observe.named_secrets import is_secret_name, without_named

if TYPE_CHECKING:
    from collections.abc import Iterator

_FORMS = (
    # A private key in PEM armour, even one cut short.
    r"-----BEGIN (?P<kind>[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?)-----.*?(?:-----END (?P=kind)-----|\Z)",
    # A bearer's token, anywhere.
    r"(?P<before>\bbearer\s+)(?=[^\s\"',;]*\d)[A-Za-z0-9+/_.~=-]{12,}",
    # OpenAI, Anthropic, Stripe; GitHub, GitLab; Slack; AWS; Google, Hugging Face, npm; PyPI; SendGrid; DigitalOcean.
    r"\b(?:sk|rk|pk)[-_](?=[A-Za-z_-]{0,80}\d)[A-Za-z0-9_-]{16,}|\bwhsec_[A-Za-z0-9+/=]{16,}",
    r"\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,})",
    r"\b(?:xox[abeoprs]|xapp)-[A-Za-z0-9-]{10,}",
    r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b",
    r"\b(?:AIza[A-Za-z0-9_-]{30,}|ya29\.[A-Za-z0-9_-]{20,}|hf_[A-Za-z0-9]{20,}|npm_[A-Za-z0-9]{30,})",
    r"\bpypi-[A-Za-z0-9_-]{40,}|\bSG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,}|\bdo[opr]_v1_[a-f0-9]{32,}",
    # A JSON web token: three parts, of which two are JSON in base64.
    r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}+\.eyJ[A-Za-z0-9_-]{4,}+\.[A-Za-z0-9_-]*",
    # What signs a URL.
    r"(?P<before>[?&](?:sig|signature|x-amz-signature|x-goog-signature)=)[^&\s\"'<>#]{6,}",
    # curl -u user:password, but not docker run -u 1000:1000.
    r"(?P<before>(?<!\S)(?:-u|--user|--proxy-user)[ =][\"']?(?!\d+:\d)[^\s:\"'/]{1,100}:)[^\s\"']+",
)
_COMPILED = tuple(re.compile(form, re.IGNORECASE | re.DOTALL) for form in _FORMS)
_ADDRESS = re.compile(r"://([^\s\"'<>`]+)")
_PASSWORD = re.compile(r"([^/:@?#\[]{0,200}:)(?!\d{1,5}(?:[/?#]|\Z)).+@", re.DOTALL)
"""``user:password@``, up to the last ``@``, as passwords may hold one; a port is none."""
_LONE_TOKEN = re.compile(r"(?=[^@]{0,200}\d)[\w.~-]{16,200}@")


def masked(text: str) -> str:
    """Return a text with what looks like a secret replaced by ``[secret]``.

    Example:
        >>> masked("postgresql://ann:pa55@host/db failed, api_key=abc123")
        'postgresql://ann:[secret]@host/db failed, api_key=[secret]'
    """
    for form in _COMPILED:
        text = form.sub(_behind, text)
    return without_named(_ADDRESS.sub(_without_password, text))


def masked_value(value: Any, name: str = "") -> Any:
    """Return a JSON value with secrets replaced, also texts and figures that stand under a telling name.

    Example:
        >>> masked_value({"user": "ann", "password": "pa55", "tokens": 12})
        {'user': 'ann', 'password': '[secret]', 'tokens': 12}
    """
    if isinstance(value, str):
        return MASK if value and is_secret_name(name) else masked(value)
    if isinstance(value, dict):
        names = {"value": _name(value)}
        outer = name if is_secret_name(name) else None  # what hides an object hides all that is in it
        return {
            masked(str(key)): masked_value(item, outer or names.get(key) or str(key)) for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [masked_value(item, name) for item in value]
    is_figure = isinstance(value, int | float) and not isinstance(value, bool)
    return MASK if is_figure and is_secret_name(name) and not name.lower().endswith("token") else value


def _name(value: dict[Any, Any]) -> str | None:
    """Return what an object calls its ``value``, as settings do: ``{"name": …, "value": …}``."""
    name = value.get("name", value.get("key"))
    return name if isinstance(name, str) else None


def _texts(value: dict[Any, Any]) -> Iterator[tuple[str, Any]]:
    """Yield keys as texts, which JSON's are, with what stands under them."""
    return ((str(key), item) for key, item in value.items())


def _behind(match: re.Match[str]) -> str:
    return (match.groupdict().get("before") or "") + MASK


def _without_password(match: re.Match[str]) -> str:
    return "".join(f"://{_hidden(address)}" for address in match[1].split("://"))


def _hidden(address: str) -> str:
    if "@" not in address:
        return address
    found = _PASSWORD.match(address)
    if found is not None:
        return f"{found[1]}{MASK}@{address[found.end() :]}"
    return _LONE_TOKEN.sub(f"{MASK}@", address, count=1) if _LONE_TOKEN.match(address) else address
