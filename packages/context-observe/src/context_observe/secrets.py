"""Masking: what looks like a key, a token or a password is replaced before it is written anywhere.

It is a net under logs, not a vault: a password that is a plain word beside no telling name is not found. The formats of
keys are those that their services publish; the names are those that hold secrets in headers, settings and URLs.
"""

from __future__ import annotations

import re
from typing import Any

MASK = "[secret]"
_NAMES = (
    r"(?:[\w-]*[_-])?(?:api[_-]?key|apikey|secret|token|password|passwd|passphrase|pwd|credentials?|private[_-]?key|"
    r"access[_-]?key|authorization|cookie|session[_-]?key)"
)
_PATTERNS = (
    # A private key in PEM armour, even one cut short.
    (r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", MASK),
    # scheme://user:password@host
    (r"(?P<before>\b[a-z][a-z0-9+.-]*://[^\s/:@]*:)[^\s@]+(?=@)", rf"\g<before>{MASK}"),
    # Authorization: Basic …, and a bearer's token anywhere
    (r"(?P<before>\bauthorization[\"']?\s*[:=]\s*[\"']?(?:basic|bearer|token)\s+)[^\s\"',;]+", rf"\g<before>{MASK}"),
    (r"(?P<before>\bbearer\s+)(?=[^\s\"',;]*\d)[A-Za-z0-9+/_.~=-]{12,}", rf"\g<before>{MASK}"),
    # Keys that say what they are: OpenAI, Anthropic, Stripe; GitHub, GitLab; Slack; AWS; Google, Hugging Face, npm.
    (r"\b(?:sk|rk|pk)[-_](?=[A-Za-z_-]*\d)[A-Za-z0-9_-]{16,}", MASK),
    (r"\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,})", MASK),
    (r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}", MASK),
    (r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b", MASK),
    (r"\b(?:AIza[A-Za-z0-9_-]{30,}|ya29\.[A-Za-z0-9_-]{20,}|hf_[A-Za-z0-9]{20,}|npm_[A-Za-z0-9]{30,})", MASK),
    (r"\bpypi-[A-Za-z0-9_-]{40,}", MASK),
    # A JSON web token: three parts, of which two are JSON in base64.
    (r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*", MASK),
    # name = value, name: value, "name": "value", --name value
    (
        rf"(?P<before>(?<![A-Za-z0-9]){_NAMES}[\"']?\s*(?:[:=]|=>)\s*)(?P<quote>[\"'])(?:\\.|(?!(?P=quote)).)+",
        rf"\g<before>\g<quote>{MASK}",
    ),
    (
        rf"(?P<before>(?<![A-Za-z0-9]){_NAMES}\s*(?:[:=]|=>)\s*)(?![\"'\[]|(?:basic|bearer|token)\s)[^\s,;&\"']+",
        rf"\g<before>{MASK}",
    ),
    (rf"(?P<before>--{_NAMES}\s+)(?!-)[^\s\"']+", rf"\g<before>{MASK}"),
)
_COMPILED = tuple((re.compile(pattern, re.IGNORECASE | re.DOTALL), put) for pattern, put in _PATTERNS)
_SECRET_NAME = re.compile(rf"{_NAMES}", re.IGNORECASE)


def masked(text: str) -> str:
    """Return a text with what looks like a secret replaced by ``[secret]``.

    Example:
        >>> masked("postgresql://ann:pa55@host/db failed, api_key=abc123")
        'postgresql://ann:[secret]@host/db failed, api_key=[secret]'
    """
    for pattern, put in _COMPILED:
        text = pattern.sub(put, text)
    return text


def masked_value(value: Any, name: str = "") -> Any:
    """Return a JSON value with secrets replaced, also whole values that stand under a telling name.

    Example:
        >>> masked_value({"user": "ann", "password": "pa55", "tokens": 12})
        {'user': 'ann', 'password': '[secret]', 'tokens': 12}
    """
    if name and _SECRET_NAME.fullmatch(name) and isinstance(value, str):
        return MASK
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, dict):
        return {key: masked_value(item, str(key)) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [masked_value(item, name) for item in value]
    return value
