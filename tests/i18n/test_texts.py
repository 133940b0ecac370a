"""What people read, as they read it: the notice, the command words, the texts for a hard moment."""

import re
from collections.abc import Callable

import pytest

from bot import phrases
from bot.commands import Command, find_command, find_language
from bot.danger import find_danger
from content.voice import read_voice
from hub.config import Config
from hub.i18n import Translate
from tests.i18n.catalogues import DOMAINS, extract

LANGUAGES = ("es", "en", "pt", "fr", "ht")
PLATFORM = "GTRM Perú"
_SPOKEN = read_voice(Config()).phrases
_TEXTS = [str(message.id) for message in extract(DOMAINS[0]) if message.id]
# A command in a text is told in capitals: MIS DATOS, DONE MWEN.
_CAPITALS = re.compile(r"\b[A-ZÀ-Þ]{2,}(?: [A-ZÀ-Þ]{2,})*\b")
_SENTENCES = re.compile(r"[.!?:;]\s|\n")

# HUM-09: no effect on the case; not for emergencies; encrypted; told in the words of each language.
_NOTICE_WORDS = {
    "es": ("no afecta tu caso", "servicio de emergencia", "cifrado", "documentos"),
    "en": ("does not affect your case", "emergency service", "encrypted", "document"),
    "pt": ("não afeta o seu caso", "serviço de emergência", "criptografado", "documentos"),
    "fr": ("ne change rien à votre dossier", "service d'urgence", "chiffré", "documents"),
    "ht": ("pa chanje anyen nan dosye", "sèvis ijans", "kòd sekrè", "papye"),
}
_ONLY_SPANISH = {"en": "Spanish", "pt": "espanhol", "fr": "espagnol", "ht": "panyòl"}
_HELP_ORDER = [
    Command.START,
    Command.STOP,
    Command.LANGUAGE,
    Command.PERSON,
    Command.MY_DATA,
    Command.ERASE,
]

each_language = pytest.mark.parametrize("language", LANGUAGES)


def speak(language: str) -> Translate:
    return _SPOKEN.for_language(language)


def commands_in(text: str) -> set[Command]:
    found = {find_command(capitals) for capitals in _CAPITALS.findall(text)}
    return {command for command in found if command}


class TestNotice:
    """HUM-09: at most two short messages, with everything a person has a right to know first."""

    @each_language
    def test_is_two_short_messages(self, language: str) -> None:
        told = phrases.notice(speak(language), PLATFORM, 30)
        assert len(told) == 2
        assert all(len(message) < 320 for message in told), [len(message) for message in told]

    @each_language
    def test_tells_everything(self, language: str) -> None:
        told = "\n".join(phrases.notice(speak(language), PLATFORM, 45))
        figures = (PLATFORM, "105", "106", "45", "WhatsApp", "Twilio", "Telegram")
        missing = [each for each in (*figures, *_NOTICE_WORDS[language]) if each not in told]
        assert missing == []
        assert commands_in(told) == {Command.ERASE}


class TestCommandWords:
    """The words that a text tells people to write are words that work."""

    @each_language
    @pytest.mark.parametrize("text", _TEXTS)
    def test_are_those_of_the_english_text(self, language: str, text: str) -> None:
        assert commands_in(speak(language)(text)) == commands_in(text)

    @each_language
    def test_of_the_help_text_are_all_understood(self, language: str) -> None:
        lines = phrases.help_text(speak(language)).splitlines()
        words = [line.split(":")[0] for line in lines if _CAPITALS.match(line)]
        assert [find_command(word) for word in words] == _HELP_ORDER

    @each_language
    def test_a_new_language_is_confirmed_in_itself(self, language: str) -> None:
        last_word = phrases.language_set(speak(language)).rstrip(".").split()[-1]
        assert find_language(last_word) == language


class TestHardMoments:
    """HUM-24, HUM-26: short, blaming nobody, promising nothing, neutral on a locked screen."""

    @each_language
    def test_the_last_resort_has_lines_a_way_on_and_a_way_out(self, language: str) -> None:
        told = phrases.safety_fallback(speak(language))
        assert all(line in told for line in ("105", "106", "100", "24"))
        assert _ONLY_SPANISH.get(language, "") in told
        assert commands_in(told) == {Command.PERSON}
        assert told.count("?") >= 1, "asks whether it is safe to write"
        assert len(told) <= 600

    @each_language
    @pytest.mark.parametrize("phrase", [phrases.safety_fallback, phrases.care])
    def test_the_first_words_are_neutral(
        self, language: str, phrase: Callable[[Translate], str]
    ) -> None:
        preview = phrase(speak(language))[:40]
        assert find_danger(preview) is None
        assert not re.search(r"\d", preview)


@each_language
@pytest.mark.parametrize("text", _TEXTS)
def test_sentences_are_short(language: str, text: str) -> None:
    # HUM-09: understood at first reading.
    sentences = _SENTENCES.split(speak(language)(text))
    assert max(len(sentence.split()) for sentence in sentences) <= 22
