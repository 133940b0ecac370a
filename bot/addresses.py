"""One person behind many spellings of a number: the canonical form that look-ups are made of.

Used for the person's index, for opt-outs and for erasure alike (PEER-15).
"""

import re

import phonenumbers

from hub.vault import Vault

_PHONE_CHANNELS = ("whatsapp", "simulator.whatsapp")
# Mobile numbers of Peru, Colombia and Venezuela as the channel itself spells them: most of those
# that updates go to. They are their own canonical form, and to find that out takes a while.
_PLAIN = re.compile(r"\+(?:519[0-9]{8}|573[0-9]{9}|584[0-9]{9})")


def canonical(channel: str, address: str) -> str:
    """The spelling that all spellings of this address share, within its channel."""
    if channel not in _PHONE_CHANNELS:
        return f"{channel}:{address.strip()}"
    number = address.strip().removeprefix("whatsapp:").replace(" ", "")
    if number.startswith("00"):
        number = f"+{number[2:]}"
    return f"{channel}:{_without_mobile_marks(number)}"


def person_index(vault: Vault, channel: str, address: str) -> bytes:
    return vault.index("person", canonical(channel, address))


def suppression_index(vault: Vault, channel: str, address: str) -> bytes:
    return vault.index("suppression", canonical(channel, address))


def _without_mobile_marks(number: str) -> str:
    """E.164, less the mobile prefixes that Mexico, Argentina and Brazil write or leave out."""
    if _PLAIN.fullmatch(number):
        return number
    try:
        parsed = phonenumbers.parse(number if number.startswith("+") else f"+{number}")
    except phonenumbers.NumberParseException:
        return number
    national = phonenumbers.national_significant_number(parsed)
    country = parsed.country_code
    if (country == 52 and len(national) == 11 and national.startswith("1")) or (
        country == 54 and len(national) == 11 and national.startswith("9")
    ):
        national = national[1:]
    elif country == 55 and len(national) == 11 and national[2] == "9":
        national = national[:2] + national[3:]
    return f"+{country}{national}"
