"""Voice messages: the programs behind the port, what is asked of them, and what is told if not."""

import shutil
from pathlib import Path

import pytest

from content.speech import LONGEST_TEXT, EspeakSpeaker, SpeechError
from tests.content.programs import install

SAYS_BACK = 'echo "$@" > "$0.asked"; cat'


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the whole PATH, but for what the shell of the fakes needs."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def asked_of(program: Path) -> str:
    """The options that a fake was started with."""
    return Path(f"{program}.asked").read_text(encoding="utf8")


@pytest.mark.parametrize(
    ("language", "voice"),
    [
        ("es", "es-419"),
        ("en", "en-us"),
        ("pt", "pt-br"),
        ("fr", "fr-fr"),
        ("ht", "ht"),
        ("qu", "qu"),
    ],
)
async def test_the_text_goes_in_by_standard_input_in_the_voice_of_the_language(
    programs: Path, language: str, voice: str
) -> None:
    speaker = install(programs, "espeak-ng", SAYS_BACK)
    encoder = install(programs, "opusenc", SAYS_BACK)
    text = "Hola; $(touch x) --help ñ"
    assert (await EspeakSpeaker().speak(text, language)).decode() == text
    asked = asked_of(speaker)
    assert f"-v {voice} " in asked
    assert "Hola" not in asked + asked_of(encoder)


async def test_ffmpeg_serves_where_there_is_no_opusenc(programs: Path) -> None:
    install(programs, "espeak-ng", SAYS_BACK)
    encoder = install(programs, "ffmpeg", SAYS_BACK)
    assert await EspeakSpeaker().speak("Hola", "es") == b"Hola"
    assert "libopus" in asked_of(encoder)


@pytest.mark.parametrize(
    ("there", "missing"),
    [((), "espeak-ng is not installed"), (("espeak-ng",), "neither opusenc nor ffmpeg")],
)
async def test_a_missing_program_is_named(
    programs: Path, there: tuple[str, ...], missing: str
) -> None:
    for name in there:
        install(programs, name, SAYS_BACK)
    with pytest.raises(SpeechError, match=missing):
        await EspeakSpeaker().speak("Hola", "es")


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("cat >/dev/null; exit 3", "espeak-ng ended with status 3"),
        ("cat >/dev/null", "espeak-ng ended with status 0 and made no sound"),
        ("exec sleep 60", "espeak-ng took longer than 0.3 s"),
    ],
)
async def test_a_failure_says_which_program_and_not_the_text(
    programs: Path, script: str, told: str
) -> None:
    install(programs, "espeak-ng", script)
    install(programs, "opusenc", SAYS_BACK)
    with pytest.raises(SpeechError) as raised:
        await EspeakSpeaker(seconds=0.3).speak("un secreto", "es")
    assert told in str(raised.value)
    assert "secreto" not in str(raised.value)


async def test_an_endless_text_is_not_said(programs: Path) -> None:
    for name in ("espeak-ng", "opusenc"):
        install(programs, name, SAYS_BACK)
    with pytest.raises(SpeechError, match=str(LONGEST_TEXT)):
        await EspeakSpeaker().speak("a" * (LONGEST_TEXT + 1), "es")


@pytest.mark.skipif(
    not (shutil.which("espeak-ng") and (shutil.which("opusenc") or shutil.which("ffmpeg"))),
    reason="espeak-ng and opusenc or ffmpeg are not installed on this machine",
)
@pytest.mark.parametrize("language", ["es", "en", "pt", "fr", "ht"])
async def test_the_real_programs_make_ogg_with_opus(language: str) -> None:
    made = await EspeakSpeaker().speak("Hola. 0 8 0 0.", language)
    assert made.startswith(b"OggS")
    assert b"OpusHead" in made[:64]
