"""What people shorten in a chat, written out, so that words and the sentence encoder meet them as
in other texts. Only short forms that mean one thing in all our languages but Creole.
"""

import re

from components.normalised_text import is_creole

_SHORT_FORMS = {
    "que": "q k ke qe",
    "porque": "xq pq porq xk pork",
    "para": "pa",
    "para el": "pal",
    "por": "x",
    "donde": "dnd dond adonde",
    "tambien": "tmb tb tbn tambn",
    "de": "d",
    "estoy": "toy",
    "esta": "ta",
    "por favor": "xfa porfa porfavor xfavor",
    "bien": "bn",
    "mensaje": "msj",
    "celular": "cel celu",
    "telefono": "tlf tel telf",
    "whatsapp": "wsp wasap wpp wats guasap",
    "documentos": "docs",
    "documento": "doc",
    "venezuela": "vzla",
    "cedula": "ced",
    "mucho": "muxo mxo",
    "aqui": "aki aca",
    "necesito": "nesesito nesecito",
    "hay": "ay",
    "hacer": "aser acer",
    "hasta": "asta",
    "hoy": "oi",
    "dinero": "plata",
    "bebe": "bb",
    "hermano": "hno",
    "amigo": "chamo chama pana marico",
    "niños": "chamos carajitos chamitos pelaos pelados guaguas",
    "niño": "chamito carajito pelao nene guagua",
    "niña": "chamita carajita nena",
    "você": "vc",
    "estou": "tô",
    "está": "tá",
    "please": "pls plz",
    "i'm": "im",
    "don't": "dont",
    "can't": "cant",
    "je veux": "jvx",
    "beaucoup": "bcp",
    "dans": "ds",
    "pour": "pr",
}
_WRITTEN_OUT = {short: full for full, forms in _SHORT_FORMS.items() for short in forms.split()}
_WORD = re.compile(r"[\w']+")


def write_out(text: str) -> str:
    """`"dnd saco el doc xq no se"` becomes `"donde saco el documento porque no se"`."""
    if is_creole(text):
        return text
    return _WORD.sub(lambda word: _WRITTEN_OUT.get(word.group().lower(), word.group()), text)
