"""What a store's URL says."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

SCHEMES = ("redis", "rediss")

_FOR_CLIENT = (
    "client_name",
    "db",
    "socket_connect_timeout",
    "socket_timeout",
    "ssl_ca_certs",
    "ssl_cert_reqs",
    "ssl_certfile",
    "ssl_check_hostname",
    "ssl_keyfile",
)
"""Parameters that are the client's. Others, such as one that decodes replies, would break the store."""

_EXPECTED = "expected redis://user:password@host:6379/0, or rediss:// for TLS"


@dataclass(frozen=True, slots=True)
class Address:
    """A server, and how to use it.

    Attributes:
        url: for the client; it may hold a password.
        name: the same for people, without password and parameters.
        ttl_seconds: time to live that the URL asks for; None where it does not.
    """

    url: str
    name: str
    ttl_seconds: float | None

    def __repr__(self) -> str:
        return f"Address({self.name!r})"


def read_address(url: str) -> Address:
    """Return what a URL says.

    Raises:
        ValueError: it is not one of Redis, or has a parameter that is not known. The message does not quote more than
            the scheme or the parameter's name, as the URL may hold a password.

    Example:
        >>> read_address("redis://user:secret@host:6380/1?ttl_seconds=60").name
        'redis://user@host:6380/1'
    """
    scheme, separator, _ = url.partition("://")
    if not separator:
        raise ValueError(f"got a URL without '://'; {_EXPECTED}")
    if scheme not in SCHEMES:
        raise ValueError(f"got a URL of scheme {scheme!r}; {_EXPECTED}")
    try:
        parts = urlsplit(url)
        place = f"{parts.hostname or 'localhost'}:{parts.port or 6379}"
        parameters = dict(parse_qsl(parts.query, keep_blank_values=True))
    except ValueError:
        raise ValueError(f"got a URL that cannot be read; {_EXPECTED}") from None
    database = parts.path.strip("/") or parameters.get("db", "0")
    if not database.isdigit() or parts.fragment:
        raise ValueError(f"got a URL whose path is no number of a database; {_EXPECTED}")
    ttl = parameters.pop("ttl_seconds", None)
    for name in parameters:
        if name not in _FOR_CLIENT:
            raise ValueError(f"got the parameter {name!r}; expected ttl_seconds, {', '.join(_FOR_CLIENT)}")
    user = f"{parts.username}@" if parts.username else ""
    plain = urlunsplit(parts._replace(query=urlencode(parameters)))
    return Address(plain, f"{scheme}://{user}{place}/{database}", None if ttl is None else _seconds(ttl))


def _seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError("got a ttl_seconds that is no number; expected seconds, such as ttl_seconds=3600") from None
