"""`chasqui content sms`, `poster` and `voice`: a verified answer for people who
have no data or smartphone, or who do not read.

Only what is told now, in a language that it has, and nothing that stands for demonstration.
"""

import logging
from pathlib import Path
from typing import Annotated

import typer

from bot.proof_phrases import page_title, proof_lines
from bot.speaking import say_whole
from content.answers import Answer, AnswerBook
from content.poster import Poster, PosterError, make_poster
from content.sms import SmsError, to_sms
from content.speakable import may_be_said
from content.speech import EspeakSpeaker, SpeechError
from content.voice import read_voice
from hub.cli.start import Settings, fail, open_database, read_settings, run

Topic = Annotated[str, typer.Argument(help="The topic's key, such as asylum.apply.")]
Lang = Annotated[str, typer.Option(help="The language of the text.")]


def sms(topic: Topic, lang: Lang = "es") -> None:
    """Print the answer as one SMS: its first sentences, a contact, and where the rest is."""
    settings = read_settings()
    found = _find(settings, topic, lang)
    if found.sensitive:
        fail(f"{topic}: sensitive; an SMS shows on a locked screen and cannot be taken back")
    _ = read_voice(settings.config).phrases.for_language(lang)
    link = _link(settings, found)
    rest = f"{page_title(_)}: {link}" if link else _("Code: %(code)s") % {"code": found.code}
    try:
        print(to_sms(found.text, rest))
    except SmsError as error:
        fail(f"{topic}: {error}")


def poster(
    topic: Topic,
    file: Annotated[Path, typer.Argument(help="The PDF to write.")],
    lang: Lang = "es",
) -> None:
    """Write the answer as an A4 poster (PDF) with its code and, on the web, its square code."""
    settings = read_settings()
    found = _find(settings, topic, lang)
    _ = read_voice(settings.config).phrases.for_language(lang)
    page = Poster(
        platform=settings.config.platform,
        title=found.title,
        text=found.text,
        proof=proof_lines(_, found, found.sources[:1], lang),
        language=lang,
        link=_link(settings, found),
    )
    try:
        logging.getLogger("fontTools").setLevel(logging.WARNING)  # it tells each step
        content = make_poster(page, settings.clock.now())
        file.write_bytes(content)
    except PosterError as error:
        fail(f"{topic}: {error}")
    except OSError as error:
        fail(f"{file}: {error.strerror}")
    print(file)


def voice(
    topic: Topic,
    out: Annotated[Path, typer.Option(help="The OGG file to write.")],
    lang: Annotated[str, typer.Option("--language", "--lang", help="Of the text.")] = "es",
) -> None:
    """Write the answer and its steps as a voice message (OGG with Opus), for who hears better
    than reads. Needs espeak-ng, and opusenc or ffmpeg."""
    settings = read_settings()
    found = _find(settings, topic, lang)
    if not may_be_said(found):
        fail(f"{topic}: sensitive; whoever stands beside the phone would hear it")
    _ = read_voice(settings.config).phrases.for_language(lang)
    try:
        out.write_bytes(run(EspeakSpeaker().speak(say_whole(_, found), lang)))
    except SpeechError as error:
        fail(f"{topic}: {error}")
    except OSError as error:
        fail(f"{out}: {error.strerror}")
    print(out)


def _find(settings: Settings, topic: str, language: str) -> Answer:
    found = run(_read(settings, topic, language))
    if found is None:
        fail(f"{topic}: no such answer is verified and told now")
    if found.language != language:
        fail(f"{topic}: has no text in {language!r}")
    if found.is_demonstration:
        fail(f"{topic}: for demonstration only; nobody has verified it")
    return found


async def _read(settings: Settings, topic: str, language: str) -> Answer | None:
    async with open_database(settings) as database:
        found = await AnswerBook(database, settings.clock).find(topic, language)
    return found if isinstance(found, Answer) else None


def _link(settings: Settings, found: Answer) -> str | None:
    base = settings.environment.chasqui_public_url
    return f"{base.rstrip('/')}/v/{found.code}" if base and found.code else None
