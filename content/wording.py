"""What a text says about people's safety, found by plain word lists: no text is changed here.

Patterns are linear in the length of the text, and the texts are short.
"""

import re
import unicodedata

# Nouns that identify a person (HUM-02), in the five languages.
_IDENTITY = (
    r"(?:nombres?(?! del? )(?: completo| y apellido)?|apellidos?|dni|pasaporte|cedula|carne|"
    r"documento|"
    r"direccion|numero de (?:expediente|caso|documento|pasaporte|tramite)|"
    r"(?:full |first |last )?name|surname|passport|id(?: card| number)?|home address|address|"
    r"case number|nome(?: completo)?|sobrenome|passaporte|endereco|numero do processo|"
    r"nom(?: complet)?|prenom|passeport|adresse|numero de dossier|"
    r"non(?: konple)?|siyati|paspo|adres|nimewo (?:dosye|paspo|kat))"
)
_POSSESSIVE = (
    r"(?:tu|tus|su|sus|el|your|the|seu|sua|o|a|votre|vos|ton|ta|le|la|l'|numero de|un|una)"
)
_GIVE_US = (
    r"(?:envianos|mandanos|dinos|danos|indicanos|escribenos|compartenos|cuentanos|dime|enviame|"
    r"mandame|send us|tell us|give us|send me|tell me|envie-nos|mande-nos|diga-nos|nos envie|"
    r"nos diga|nos mande|envoyez-nous|dites-nous|donnez-nous|ecrivez-nous|indiquez-nous|"
    r"voye ban nou|ban nou|di nou|ekri nou|envia|manda|escribe|comparte|write|share|"
    r"envie|escreva|envoyez|ecrivez|voye|ekri)"
)
_ASKS = re.compile(
    rf"(?<!no )(?<!nunca )(?<!never )(?<!not )(?<!nao )(?<!pa )(?<!jamais )(?<!n')"
    rf"\b{_GIVE_US} (?:aqui |here |ici |la )?(?:{_POSSESSIVE} ?){{0,3}}{_IDENTITY}\b"
    rf"|\b(?:cual es (?:tu|su)|what is your|what's your|qual (?:e )?(?:o |a )?seu|"
    rf"quel est votre|quelle est votre|ki) {_IDENTITY}\b"
)

# What a glance at a locked screen must not show (HUM-26). Beginnings of words, without accents.
_SENSITIVE = re.compile(
    r"\b(violenc|violen|violad|violac|violo|viol\b|abus|golpe|maltrat|agres|trata\b|trafic|suicid|"
    r"matar|muert|sexual|sexo|vih\b|hiv\b|sida\b|abort|embaraz|denunci|expuls|deport|"
    r"rape|traffick|kill|death|beat|pregnan|report\b|"
    r"estupr|morte|gravid|espanc|viole|traite\b|tuer|mort\b|sexuel|avort|encein|battu|frapp|"
    r"vyolans|vyole|abi\b|trafik|swisid|touye|seksyel|avotman|ansent|bat\b)"
)
_SENTENCE_END = re.compile(r"[.!?;:]+(?:\s|$)|\n")
_SEPARATED = re.compile(r"(?<=\d)[.,\u00a0\u202f](?=\d{3}(?!\d))")
_FIGURE = re.compile(r"\d+")


def strip_accents(text: str) -> str:
    """Lower case without accents, keeping one character for one."""
    return "".join(
        char
        for char in unicodedata.normalize("NFKD", text.lower())
        if not unicodedata.combining(char)
    ).replace("’", "'")


def asks_for_identity(text: str) -> str | None:
    """The words by which `text` asks for data that identifies a person."""
    found = _ASKS.search(strip_accents(text))
    return found.group() if found else None


def find_sensitive_word(text: str) -> str | None:
    found = _SENSITIVE.search(strip_accents(text))
    return found.group() if found else None


def find_figures(text: str) -> set[str]:
    """Every run of digits; `1,500` and `1.500` are one figure, `8:30` are two."""
    return set(_FIGURE.findall(_SEPARATED.sub("", text)))


def count_sentence_words(text: str) -> float:
    """Average words of a sentence; a line of a list counts as a sentence."""
    sentences = [part for part in _SENTENCE_END.split(text) if part and part.strip()]
    return sum(len(part.split()) for part in sentences) / len(sentences) if sentences else 0.0
