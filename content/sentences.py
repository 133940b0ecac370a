"""Splits texts into sentences, for rules about them. Abbreviations and numbers do not end one."""

import re

# What ends in a full stop without ending a sentence, in the languages of the packs.
_ABBREVIATIONS = frozenset(
    {"art", "arts", "av", "aprox", "ca", "cdra", "dpto", "dr", "dra", "ej", "etc", "gral", "jr"}
    | {"leg", "lic", "lt", "máx", "mín", "mz", "nro", "núm", "n.º", "nº", "p", "pág", "prof"}
    | {"sr", "sra", "srta", "st", "sta", "sto", "tel", "telf", "ud", "uds", "urb", "vs", "mme"}
)
_END = re.compile(r"[.!?…]+[\"”»)]*(?=\s|$)|\n+")
_LAST_WORD = re.compile(r"([\w.º°ª]+)\.$")
_INITIALS = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]?|[^\W\d_]\.[^\W\d_]+")
LIST_MARKS = ' \t-•*·–—¿¡"“«('


def split_sentences(text: str) -> list[str]:
    """Sentences in their order; a line of a list is a sentence. Marks at their ends stay."""
    found, start = [], 0
    for end in _END.finditer(text):
        is_stop = end.group().strip() == "."
        if is_stop and _is_abbreviation(text[start : end.start() + 1], text[end.end() :]):
            continue
        found.append(text[start : end.end()].strip())
        start = end.end()
    found.append(text[start:].strip())
    return [piece for piece in found if any(letter.isalnum() for letter in piece)]


def begins_somewhere(beginning: str, text: str) -> bool:
    """Whether a sentence of `text`, or what stands after a colon in it, begins exactly so."""
    at = text.find(beginning)
    while at >= 0:
        before = text[:at].rstrip(LIST_MARKS)
        if not before or before[-1] in ".!?…:;\n)”»":
            return True
        at = text.find(beginning, at + 1)
    return False


def _is_abbreviation(before: str, after: str) -> bool:
    found = _LAST_WORD.search(before)
    if found is None:
        return False
    word = found.group(1)
    if word.isdecimal() or len(word) > 5:
        return False
    is_known = word.lower() in _ABBREVIATIONS or _INITIALS.fullmatch(word) is not None
    # "etc." and the like end a sentence after all where a line ends.
    return is_known and bool(after.strip()) and not after.startswith("\n")
