"""Wishes in people's own words: to be left alone, and what only sounds like it (HUM-07)."""

from pathlib import Path
from time import thread_time

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.commands import Command, find_command, find_language
from bot.grammar import GrammarError, read_grammar
from bot.wishes import find_wish
from tests.bot.words import LANGUAGES

SAYINGS = Path(__file__).parent / "sayings"
# The share that must be recognised, and the share that may be taken for it, of each file.
BARS = {"opt_out": (1.0, 0.0), "opt_out_held_back": (0.9, 0.03)}


def read(name: str, kind: str, language: str) -> list[str]:
    messages: list[str] = yaml.safe_load((SAYINGS / f"{name}.yml").read_text())[kind][language]
    return messages


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", BARS)
def test_who_wants_no_more_messages_is_understood(name: str, language: str) -> None:
    # HUM-07
    wanted = read(name, "wanted", language)
    missed = [text for text in wanted if find_command(text) is not Command.STOP]
    assert len(missed) <= (1 - BARS[name][0]) * len(wanted), missed


@pytest.mark.parametrize("name", BARS)
def test_who_says_something_alike_is_not_opted_out(name: str) -> None:
    # HUM-07
    texts = [text for language in LANGUAGES for text in read(name, "ordinary", language)]
    taken = [text for text in texts if find_command(text) is Command.STOP]
    assert len(taken) <= BARS[name][1] * len(texts), taken


@pytest.mark.parametrize("change", [str.upper, str.title, "🙏 {} 😡".format, "{}!!!!".format])
def test_case_and_symbols_change_nothing(change: "type[str]") -> None:
    for text in read("opt_out", "wanted", "es"):
        assert find_command(change(text)) is Command.STOP, text


@pytest.mark.parametrize(
    "unit", ["no me manden ", "dejen de ", "a", "stop ", "ya no quiero que me "]
)
def test_reading_takes_a_time_that_grows_with_the_message_only(unit: str) -> None:
    # SEC-47
    def seconds(count: int) -> float:
        text = (unit * count)[:4096]
        find_wish(text)
        begun = thread_time()
        find_wish(text)
        return thread_time() - begun

    short, long = seconds(1000 // len(unit)), seconds(4000 // len(unit))
    assert long < 12 * short + 0.01


@pytest.mark.parametrize(
    "text", ["vuelvan a mandarme los avisos", "anótenme para los avisos", "inscrivez-moi"]
)
def test_who_wants_messages_again_is_not_opted_out(text: str) -> None:
    # HUM-07
    assert find_command(text) is not Command.STOP


@pytest.mark.parametrize(
    "signs",
    [
        "\N{OCTAGONAL SIGN}",
        "\N{NO ENTRY}\ufe0f \N{NO ENTRY SIGN}",
        "\N{ZIPPER-MOUTH FACE}\N{BELL WITH CANCELLATION STROKE}",
    ],
)
def test_a_stop_sign_says_what_the_word_says(signs: str) -> None:
    # HUM-07
    assert find_command(signs) is Command.STOP
    assert find_command(f"{signs} SUNAT") is not Command.STOP


def test_a_sign_may_stand_for_the_word_in_a_sentence() -> None:
    # HUM-07
    assert find_command("\N{NO ENTRY SIGN} mesaj") is Command.STOP
    assert find_command("avisos \N{BELL WITH CANCELLATION STROKE}") is Command.STOP
    assert find_command("\N{NO ENTRY SIGN} trabajo infantil") is not Command.STOP


@pytest.mark.parametrize(
    "text",
    [
        "mi mamá falleció, este era su número, ya no le manden mensajes",
        "This phone belongs to my daughter now, please don't send these things here.",
        "quem te deu meu número? apaga e não escreve mais",
    ],
)
def test_who_says_why_or_names_others_is_understood_too(text: str) -> None:
    # HUM-07
    assert find_command(text) is Command.STOP


@pytest.mark.parametrize(
    "text",
    [
        "mi mamá falleció, como saco el acta de defunción",
        "can I use my daughter's phone to ask",
        "quem te deu essa informação?",
    ],
)
def test_who_names_others_and_asks_is_not_opted_out(text: str) -> None:
    # HUM-07
    assert find_command(text) is not Command.STOP


def test_a_word_spelt_letter_by_letter_is_heard() -> None:
    # HUM-07
    assert find_command("B A J A") is Command.STOP
    assert find_command("s.t.o.p.") is Command.STOP
    assert find_command("a b c d") is None


@pytest.mark.parametrize(
    "text", ["háblame en inglés", "quero falar em português", "m vle pale kreyòl"]
)
def test_who_names_a_language_is_not_asked_which(text: str) -> None:
    assert find_command(text) is not Command.LANGUAGE or find_language(text) is None


@given(st.text(max_size=400))
def test_any_text_can_be_read(text: str) -> None:
    assert find_wish(text) == find_wish(text)


def test_a_list_that_does_not_exist_is_named(tmp_path: Path) -> None:
    path = tmp_path / "grammar.yml"
    path.write_text("lists: {}\nsayings: {stop: [{say: [no $things]}]}\n")
    with pytest.raises(GrammarError, match=r"\$things"):
        read_grammar(path)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("borren todos mis datos por favor", Command.ERASE),
        ("quiero que eliminen mi información de aquí", Command.ERASE),
        ("please erase all of my data now", Command.ERASE),
        ("supprimez mes données svp", Command.ERASE),
        ("apaguem os meus dados por favor", Command.ERASE),
        ("qué datos tienen guardados de mí", Command.MY_DATA),
        ("what information do you have about me", Command.MY_DATA),
        ("prefiero hablar con una persona de verdad", Command.PERSON),
        ("can I speak to a real person please", Command.PERSON),
        ("quero conversar com um atendente", Command.PERSON),
        ("puedo cambiar el idioma?", Command.LANGUAGE),
        ("quisiera recibir los avisos de ustedes", Command.START),
        ("I want to get the updates", Command.START),
        ("olviden todo lo que les conté", Command.ERASE),
        ("que saben ustedes de mi", Command.MY_DATA),
        ("no quiero un robot, páseme con alguien", Command.PERSON),
    ],
)
def test_the_other_commands_in_sentences(text: str, command: Command) -> None:
    assert find_command(text) is command


@pytest.mark.parametrize(
    "text",
    [
        "como elimino mis datos de migraciones",
        "me borraron mis datos del padrón",
        "no borren mis datos",
        "no borren mis mensajes, los necesito",
        "qué datos piden para el carnet",
        "quiero hablar con el abogado de la defensoría",
        "necesito que una persona me acompañe al hospital",
        "cambiar el idioma del documento",
        "busco clases de español para mi esposa",
        "no me llegan los avisos de la cita",
        "how do I speak to the judge",
    ],
)
def test_what_only_sounds_like_another_command(text: str) -> None:
    assert find_command(text) is None
    assert find_language(text) is None


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("could you send it in english please", "en"),
        ("puede responder en portugués por favor", "pt"),
        ("parlez-vous français", "fr"),
        ("èske ou pale kreyòl", "ht"),
        ("mejor en español por favor", "es"),
        ("mi hija solo habla inglés, hay colegio?", None),
        (
            "why do they ask for it in english at the consulate and who can translate the papers",
            None,
        ),
    ],
)
def test_an_answer_in_another_language_can_be_asked_for(text: str, language: str | None) -> None:
    assert find_language(text) == language
