"""Makes one SMS of a verified text: whole sentences of it, and where the rest is.

Never a part of a sentence and never words of its own, so that nothing is said that was not
verified. 160 characters of the GSM alphabet are one message on every telephone.
"""

import re
import unicodedata

from content.sentences import split_sentences

LONGEST = 160
_PLAIN = frozenset(
    "@£$¥èéùìòÇ\nØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_DOUBLE = frozenset("^{}\\[~]|€")  # take the room of two
_ALIKE = str.maketrans(
    {"“": '"', "”": '"', "«": '"', "»": '"', "„": '"', "‘": "'", "’": "'", "–": "-", "—": "-"}
    | {"…": "...", "•": "-", "·": "-", "º": "o", "ª": "a", "œ": "oe", "Œ": "OE", "\u00a0": " "}
    | {"\u202f": " ", "\t": " "}
)
_CONTACT = re.compile(r"https?://\S+|\b\w+\.(?:pe|org|gob|com)\b|\(?\+?\d[\d ()-]{4,}\d|\b1\d\d\b")


class SmsError(Exception):
    """No whole sentence fits, or there is a letter that the alphabet lacks."""


def to_sms(text: str, more: str) -> str:
    """The first sentences as far as they fit, one that names a phone or address, and `more`."""
    tail = to_gsm(more)
    sentences = [to_gsm(" ".join(sentence.split())) for sentence in split_sentences(text)]
    contact = next((sentence for sentence in sentences if _CONTACT.search(sentence)), None)
    for kept in ([contact] if contact else [], []):
        for count in range(len(sentences), 0, -1):
            chosen = sentences[:count]
            chosen += [sentence for sentence in kept if sentence not in chosen]
            message = " ".join([*chosen, tail])
            if measure(message) <= LONGEST:
                return message
    shortest = len(sentences[0]) if sentences else 0
    raise SmsError(f"the first sentence has {shortest} characters; with the rest it does not fit")


def measure(text: str) -> int:
    """The room that a text of the GSM alphabet takes."""
    return sum(2 if letter in _DOUBLE else 1 for letter in text)


def to_gsm(text: str) -> str:
    """With the accents that the alphabet has; raise `SmsError` for a letter with no likeness."""
    letters = unicodedata.normalize("NFC", text).translate(_ALIKE)
    return "".join(_to_letter(letter) for letter in letters)


def _to_letter(letter: str) -> str:
    if letter in _PLAIN or letter in _DOUBLE:
        return letter
    bare = unicodedata.normalize("NFD", letter)[0]
    if bare not in _PLAIN:
        raise SmsError(f"{letter!r} is not in the alphabet of an SMS")
    return bare
