"""Opting out and the other commands, as people write them; and what only looks like a command."""

from pathlib import Path

import pytest
import yaml

from bot.commands import Command, find_command
from tests.i18n.catalogues import ROOT

# HUM-07: each word of opting out, in the languages of the deployment.
OPT_OUTS = [
    *(
        "BAJA",
        "SALIR",
        "STOP",
        "CANCELAR",
        "NO MÁS",
        "PARAR",
        "UNSUBSCRIBE",
        "quiero darme de baja",
    ),
    *("no me escriban más", "ya no quiero avisos", "no quiero recibir más mensajes"),
    *("cancel", "quit", "end", "opt out", "stop messages", "no more updates"),
    *("sair", "pare", "não quero mais", "não quero receber mensagens", "cancelar inscrição"),
    *("arrêt", "arrêter", "arrêtez", "annuler", "désabonner", "je ne veux plus de messages"),
    *("rete", "kanpe", "sispann", "anile", "mwen pa vle mesaj ankò", "pa voye mesaj ankò"),
]
VARIANTS = [
    "{lower}",
    "{upper}",
    "{title}",
    "{plain}",
    " {lower}\n",
    "{upper}!!!",
    "{upper} 🛑",
    "🙏🏽{lower}🙏🏽",
    "*{upper}*",
    "«{lower}».",
    "{lower} por favor",
    "please {lower}",
    "{lower} s'il vous plaît",
    "tanpri {lower}",
    "{lower}, obrigada",
    "{stretched}",
    "{invisible}",
    "{wide}",
]
TYPOS = [
    *("bajaa", "vaja", "bjaa", "estop", "stopp", "STPO", "salirr", "slair", "sallir"),
    *("parrar", "pararr", "cancelr", "canselar", "cancelarr", "cacnelar", "no mass", "nomas"),
    *("unsuscribe", "unsubscrib", "darme de vaja", "dame de baja", "arreter", "arretter"),
    *("desaboner", "sispan", "sispannn", "kampe", "kanpee", "nao qero mais", "stop mesages"),
    *("ya no quiero abisos", "no quiero mas mensages", "no me escrivan mas", "pa voye mesaj anko"),
]
ORDINARY = [
    "mi esposo quiere salir del país",
    "cómo cancelo mi cita",
    "parar de trabajar",
    "¿puedo salir del Perú con el carné vencido?",
    "quiero cancelar mi cita en Migraciones",
    "mi hijo está en la lista baja del albergue",
    "el doctor me dio de baja en el trabajo",
    "me dieron de baja del SIS",
    "tengo la presión baja",
    "no más de 30 días tengo de permiso",
    "cuánto tengo que cancelar por la multa",
    "dónde puedo parar a dormir",
    "ya salió mi carné",
    "¿ya salió?",
    "pagar",
    "quiero pagar",
    "quiero pasar",
    "voy a parir",
    "perdón",
    "cáncer",
    "cárcel",
    "estoy en Tacna",
    "estoy",
    "soy personal de limpieza",
    "me quieren sacar de la casa y no tengo a dónde salir",
    "inscripción",
    "they want to stop me at the border",
    "my visa will end next month",
    "can I quit my job and keep my permit?",
    "arrest",
    "how do I cancel my appointment",
    "quero sair do Peru para o Brasil",
    "posso parar de pagar o aluguel?",
    "meu marido não quer mais nos ver",
    "asile",
    "parents",
    "done, thanks",
    "remove it please",
    "argent",
    "je veux arrêter de travailler sans papiers",
    "il a été arrêté à la frontière",
    "ki kote pou m rete aswè a",
    "mwen rete nan Lima",
    "yo arete frè mwen",
    "mwen pa gen travay ankò",
    "normas",
    "idiota",
    "Huamán",
]


def write(word: str, variant: str) -> str:
    """`word` as somebody might send it."""
    accents = str.maketrans("áéíóúãõâêôçèòû", "aeiouaoaeoceou")
    return variant.format(
        lower=word.lower(),
        upper=word.upper(),
        title=word.title(),
        plain=word.lower().translate(accents),
        stretched=word.lower() + word[-1].lower() * 4,
        invisible="\u200b".join(word.lower()),
        wide="".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in word),
    )


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("word", OPT_OUTS)
def test_opting_out_works_however_it_is_written(word: str, variant: str) -> None:
    assert find_command(write(word, variant)) is Command.STOP


@pytest.mark.parametrize("word", TYPOS)
def test_opting_out_works_with_a_typo(word: str) -> None:
    # HUM-07
    assert find_command(word) is Command.STOP


@pytest.mark.parametrize("sentence", ORDINARY)
def test_an_ordinary_sentence_is_no_command(sentence: str) -> None:
    assert find_command(sentence) is None


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/stop", Command.STOP),
        ("/BAJA@ChasquiBot", Command.STOP),
        ("/start", Command.HELP),  # HUM-06: writing in never subscribes
        ("AVISOS", Command.START),
        ("Avi", Command.START),
        ("mis datos", Command.MY_DATA),
        ("Mes données", Command.MY_DATA),
        ("meus dados por favor", Command.MY_DATA),
        ("done mwen", Command.MY_DATA),
        ("borrar", Command.ERASE),
        ("EFFACER", Command.ERASE),
        ("Efase", Command.ERASE),
        ("apagar meus dados", Command.ERASE),
        ("delete my data please", Command.ERASE),
        ("Quiero hablar con una persona", Command.PERSON),
        ("mwen vle pale ak yon moun", Command.PERSON),
        ("cambiar idioma", Command.LANGUAGE),
        ("lang", Command.LANGUAGE),
        ("ayuda", Command.HELP),
        ("èd", Command.HELP),
    ],
)
def test_the_other_commands(text: str, command: Command) -> None:
    assert find_command(text) is command


def test_no_place_is_a_command() -> None:
    # HUM-07: "Parán" answers "In which district are you?"; it must not opt out.
    areas = yaml.safe_load((ROOT / "content/packs/peru/areas.yml").read_text(encoding="utf8"))
    names = [name for area in areas["areas"] for name in (area["name"], *area.get("aliases", ()))]
    assert len(names) > 100
    assert [name for name in names if find_command(name)] == []


def test_no_question_that_the_bot_learns_from_is_a_command() -> None:
    examples = [
        line.strip().removeprefix("- ")
        for path in sorted(Path(ROOT / "nlu/data").glob("*/*.yml"))
        if not path.name.startswith(("dialogue.", "privacy.")) and path.parent.name != "lookups"
        for line in path.read_text(encoding="utf8").splitlines()
        if line.strip().startswith("- ")
    ]
    assert len(examples) > 1000
    assert [example for example in examples if find_command(example)] == []
