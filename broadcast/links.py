"""Finds links in a text and says whether a reader can see where each leads. Opens none."""

import re
from collections.abc import Collection
from urllib.parse import urlsplit

_LINK = re.compile(
    r"(?:[a-z][a-z0-9+.-]*://|www\.|(?:[a-z0-9-]+\.)+[a-z]{2,}/)[^\s<>()«»“”\"]*", re.I
)
_TRAILING = ".,;:!?…'’"
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}", re.ASCII)

_SHORTENERS = frozenset(
    [
        "bit.ly", "bitly.com", "buff.ly", "cutt.ly", "goo.gl", "is.gd", "lnkd.in", "ow.ly",
        "rb.gy", "rebrand.ly", "s.id", "shorturl.at", "t.co", "t.ly", "tiny.cc", "tinyurl.com",
        "v.gd", "wa.link", "acortar.link", "n9.cl", "linktr.ee", "urlz.fr", "tr.im", "soo.gd",
    ]
)  # fmt: skip


def find_links(text: str) -> list[str]:
    return [match.group().rstrip(_TRAILING) for match in _LINK.finditer(text)]


def is_shortened(link: str) -> bool:
    return _host(link).removeprefix("www.") in _SHORTENERS


def is_whole(link: str) -> bool:
    """`https`, a host by name, no user name, no port, no look-alike letters."""
    try:
        parts = urlsplit(link)
        has_port = parts.port is not None
    except ValueError:
        return False
    host = parts.hostname or ""
    plain = _HOST.fullmatch(host) is not None and "xn--" not in host
    return parts.scheme == "https" and plain and not has_port and parts.username is None


def is_allowed(link: str, hosts: Collection[str]) -> bool:
    """Whether it leads to one of these hosts or to one below; no hosts allow all."""
    host = _host(link)
    return not hosts or any(host == name or host.endswith(f".{name}") for name in hosts)


def _host(link: str) -> str:
    try:
        return urlsplit(link if "://" in link else f"https://{link}").hostname or ""
    except ValueError:
        return ""
