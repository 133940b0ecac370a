"""Every text of the code is in every catalogue, translated, with its placeholders and figures."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Message

from hub.config import Config
from hub.i18n import FALLBACK, Phrases
from tests.i18n.catalogues import (
    DOMAINS,
    PLACEHOLDER,
    Domain,
    extract,
    find_faults,
    read_catalogue,
    render,
)

BOT, CONSOLE = DOMAINS
CATALOGUES = [(domain, language) for domain in DOMAINS for language in domain.languages]
_FIGURES = re.compile(r"\d[\d-]*")
_WORD = re.compile(r"[^\W\d_]+")
_MOST_WORDS_ALIKE = 2  # "Código: …" is the same in Portuguese

each_catalogue = pytest.mark.parametrize(
    ("domain", "language"), CATALOGUES, ids=[f"{each.name}-{code}" for each, code in CATALOGUES]
)
each_domain = pytest.mark.parametrize("domain", DOMAINS, ids=lambda domain: domain.name)


def translations(language: str) -> list[Message]:
    return [message for message in read_catalogue(BOT.file(language), language) if message.id]


@each_domain
def test_the_template_holds_what_the_code_says(domain: Domain) -> None:
    assert domain.template.read_bytes() == render(extract(domain)), "run `make i18n`"


@each_catalogue
def test_every_text_is_translated_with_its_placeholders(domain: Domain, language: str) -> None:
    catalogue = read_catalogue(domain.file(language), language)
    said = {message.id for message in catalogue if message.id}
    assert {message.id for message in extract(domain) if message.id} - said == set()
    assert list(find_faults(catalogue)) == []


@each_catalogue
def test_taking_phrases_in_again_changes_nothing(domain: Domain, language: str) -> None:
    catalogue = read_catalogue(domain.file(language), language)
    catalogue.update(extract(domain), no_fuzzy_matching=True)
    assert domain.file(language).read_bytes() == render(catalogue)


@pytest.mark.parametrize("language", [each for each in BOT.languages if each != "es"])
def test_no_text_was_left_in_spanish(language: str) -> None:
    spanish = {message.id: message.string for message in translations("es")}
    left = [
        message.string
        for message in translations(language)
        if isinstance(message.string, str)
        and message.string == spanish.get(message.id)
        and len(_WORD.findall(PLACEHOLDER.sub(" ", message.string))) > _MOST_WORDS_ALIKE
    ]
    assert left == []


def test_the_chat_speaks_every_language_of_the_deployment() -> None:
    languages = Config.model_validate({}).languages
    assert set(languages) - {"en"} <= set(BOT.languages)


@pytest.mark.parametrize("language", BOT.languages)
def test_figures_and_phone_numbers_survive_translation(language: str) -> None:
    for message in translations(language):
        expected = _FIGURES.findall(str(message.id))
        assert sorted(_FIGURES.findall(str(message.string))) == sorted(expected), message.id


@pytest.mark.parametrize("language", BOT.languages)
def test_no_sentence_is_left_in_english(language: str) -> None:
    for message in translations(language):
        if " " in str(message.id).strip() and "%(" not in str(message.id):
            assert message.string != message.id


class TestFaults:
    """What `make i18n` and the tests above call a fault."""

    @pytest.mark.parametrize(
        ("entry", "fault"),
        [
            ('msgid "Food"\nmsgstr ""', "not translated: Food"),
            ('#, fuzzy\nmsgid "Food"\nmsgstr "Foot"', "doubtful (fuzzy): Food"),
            (
                '#, python-format\nmsgid "Near %(place)s"\nmsgstr "Cerca de %(lugar)s"',
                "not the placeholders of the English: Near %(place)s",
            ),
            (
                'msgid "Call {police}"\nmsgstr "Llama al {policia}"',
                "not the placeholders of the English: Call {police}",
            ),
            (
                '#, python-format\nmsgid "Near %(place)s"\nmsgstr "Cerca de %(place)"',
                "not the placeholders of the English: Near %(place)s",
            ),
        ],
    )
    def test_is_told(self, entry: str, fault: str, tmp_path: Path) -> None:
        path = tmp_path / "bot.po"
        path.write_text(f"{entry}\n", encoding="utf8")
        assert list(find_faults(read_catalogue(path, "es"))) == [fault]


class TestFallback:
    """A phrase that a catalogue lacks is told in Spanish; English needs no catalogue."""

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        for language, text in ((FALLBACK, "Comida"), ("ht", "")):
            (tmp_path / language).mkdir()
            entry = f'msgid "Food"\nmsgstr "{text}"\n'
            (tmp_path / language / "bot.po").write_text(entry, encoding="utf8")
        return tmp_path

    @pytest.mark.parametrize(
        ("language", "said"), [("ht", "Comida"), ("en", "Food"), ("ps", "Comida")]
    )
    def test_tells_what_it_can(self, folder: Path, language: str, said: str) -> None:
        phrases = Phrases("bot", ("es", "en", "ht"), folder)
        assert phrases.for_language(language)("Food") == said
