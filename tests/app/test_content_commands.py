"""The commands with which somebody prepares a language or hands services on: what they say."""

import shutil
from pathlib import Path

import pytest

from hub.cli.main import main
from hub.clock import ManualClock
from hub.vault import Vault
from tests.chat import prepare
from tests.content.test_country_pack import PACK

Printed = pytest.CaptureFixture[str]


@pytest.fixture
async def home(
    tmp_path: Path, vault: Vault, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A hub with a copy of the small pack, which names Quechua as in preparation."""
    shutil.copytree(PACK, tmp_path / "pack")
    path = tmp_path / "pack" / "pack.yml"
    text = path.read_text(encoding="utf8")
    path.write_text(f"in_preparation: [qu]\n{text}", encoding="utf8")
    url = f"sqlite:///{tmp_path}/chasqui.db"
    await prepare(url, vault, clock, str(tmp_path / "pack"))
    monkeypatch.setenv("CHASQUI_CONFIG", str(tmp_path / "pack" / "config.yml"))
    monkeypatch.setenv("CHASQUI_DATABASE_URL", url)
    return tmp_path


def run(capsys: Printed, *arguments: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as ended:
        main(["content", *arguments])
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out + said.err


def test_the_check_tells_how_far_a_language_is(home: Path, capsys: Printed) -> None:
    code, said = run(capsys, "check", "--lang", "qu")
    assert code == 0
    assert "in preparation: qu (Runasimi): texts 0 of 30; bot phrases 0 of" in said
    assert "qu lacks safety.self_harm/texts" in said
    assert "qu lacks the phrase: Which language do you prefer?" in said
    assert run(capsys, "check")[1].count("lacks") == 0


def test_phrases_go_out_and_come_in(home: Path, capsys: Printed) -> None:
    code, said = run(capsys, "po", "export-phrases", str(home))
    assert (code, said.strip()) == (0, str(home / "qu.bot.po"))
    path = home / "qu.bot.po"
    before = 'msgid "Which language do you prefer?"\nmsgstr ""'
    text = path.read_text(encoding="utf8")
    assert before in text
    path.write_text(text.replace(before, before[:-1] + '¿Ima simita?"'), encoding="utf8")
    code, said = run(capsys, "po", "import-phrases", str(path))
    assert code == 0
    assert said.startswith("1 phrases of the pack's own in ")
    path.write_text(text.replace("Language: qu", "Language: ay"), encoding="utf8")
    code, said = run(capsys, "po", "import-phrases", str(path))
    assert code == 2
    assert "'ay' is not named in pack.yml" in said


def test_a_phrase_that_would_be_told_wrongly_is_an_error(home: Path, capsys: Printed) -> None:
    path = home / "pack" / "locale" / "es" / "bot.po"
    entry = 'msgid "Something went wrong on my side. Please write again, or call {people}."\n'
    text = path.read_text(encoding="utf8")
    path.write_text(f'{text}\n{entry}msgstr "Llama al {{gente}}."\n', encoding="utf8")
    code, said = run(capsys, "check")
    assert code == 1
    assert "locale/es/bot.po:10: error: Something went wrong" in said
    assert "must keep as it is: {people}" in said
    path.write_text(f'{text}\nmsgid "Gone"\nmsgstr "Ya no"\n', encoding="utf8")
    code, said = run(capsys, "check")
    assert code == 0
    assert "warning: Gone: the bot has no such phrase any more" in said
    path.write_text(text, encoding="utf8")


def test_a_line_of_last_resort_is_never_empty(home: Path, capsys: Printed) -> None:
    path = home / "pack" / "pack.yml"
    text = path.read_text(encoding="utf8")
    path.write_text(text.replace("ambulance: '123'", "ambulance: ''"), encoding="utf8")
    code, said = run(capsys, "check")
    assert code == 1
    assert "lines.ambulance: is empty" in said


def test_the_languages_of_what_is_told_are_counted(home: Path, capsys: Printed) -> None:
    code, said = run(capsys, "languages", "--lang", "en")
    assert code == 0
    assert "en: 13 answers told; 0 checked by a person, 13 not, 0 without a text" in said
    assert "  asylum.apply: not checked" in said


def test_what_nobody_verified_is_not_handed_on(home: Path, capsys: Printed) -> None:
    code, said = run(capsys, "hsds", str(home / "services.json"))
    assert (code, said.strip()) == (2, "no verified service is told now: nothing to export")
    assert not (home / "services.json").exists()
