"""Twilio's request signature: HMAC-SHA1 over the public URL and the posted fields (SEC-01..SEC-03).

The URL is the one that the operator configured, never one put together from the request's `Host` or
`X-Forwarded-*` headers, which anybody can set.
"""

import base64
import hmac
import re
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

Fields = Sequence[tuple[str, str]]

_AUTHORITY = re.compile(r"(?P<host>\[[^\]]+\]|[^:\[\]]+)(?::(?P<port>\d+))?")
_DEFAULT_PORTS = {"https": 443, "http": 80}


class PublicURL:
    """The hub's address as Twilio knows it, in the spellings that Twilio may sign.

    Twilio is not consistent about the port, so each URL counts as configured, without its port, and
    with the scheme's own port.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        authority = _AUTHORITY.fullmatch(parts.netloc)
        if parts.scheme not in _DEFAULT_PORTS or authority is None or parts.query or parts.fragment:
            raise ValueError("public URL: expected https://host, perhaps with a port and a path")
        self.base = url.rstrip("/")
        prefix = parts.path.rstrip("/")
        host, port = authority["host"], authority["port"] or _DEFAULT_PORTS[parts.scheme]
        spellings = (f"{parts.scheme}://{host}{prefix}", f"{parts.scheme}://{host}:{port}{prefix}")
        self._bases = tuple(dict.fromkeys((self.base, *spellings)))

    def spellings(self, path: str, query: str) -> list[str]:
        tail = f"{path}?{query}" if query else path
        return [base + tail for base in self._bases]


def sign(token: bytes, url: str, fields: Fields) -> bytes:
    """The signature that Twilio sends with these fields; a repeated pair counts once."""
    pairs = sorted(set(fields))
    signed = url + "".join(name + value for name, value in pairs)
    # `surrogateescape` turns bytes that were not UTF-8 back into what Twilio signed.
    mac = hmac.digest(token, signed.encode("utf-8", "surrogateescape"), "sha1")
    return base64.b64encode(mac)


def is_signed(signature: str, tokens: Iterable[bytes], urls: Iterable[str], fields: Fields) -> bool:
    """Whether any token signed any spelling of the URL. Looks at all of them, always."""
    given = signature.encode("utf-8", "surrogatepass")
    spellings = list(urls)
    matches = [
        hmac.compare_digest(given, sign(token, url, fields))
        for token in tokens
        for url in spellings
    ]
    return any(matches)
