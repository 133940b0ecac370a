"""`chasqui content sms`, `poster`, `voice` and `po`: what they refuse, in one clear line."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from hub.cli.main import main
from tests.content.programs import install


@pytest.fixture
def content(prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hub with the content of the demonstration."""
    shutil.copy(prepared, tmp_path / "chasqui.db")
    (tmp_path / "config.yml").write_text("{}", encoding="utf8")
    monkeypatch.setenv("CHASQUI_CONFIG", str(tmp_path / "config.yml"))
    monkeypatch.setenv("CHASQUI_DATABASE_URL", f"sqlite:///{tmp_path}/chasqui.db")


@pytest.mark.usefixtures("content")
@pytest.mark.parametrize(
    ("topic", "reason"),
    [("asylum.apply", "for demonstration only"), ("no.topic", "no such answer is verified")],
)
def test_only_what_is_verified_leaves_the_hub(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], topic: str, reason: str
) -> None:
    for command in (
        ["sms", topic],
        ["poster", topic, str(tmp_path / "poster.pdf")],
        ["voice", topic, "--out", str(tmp_path / "voice.ogg")],
    ):
        with pytest.raises(SystemExit) as ended:
            main(["content", *command])
        assert ended.value.code == 2
        assert reason in capsys.readouterr().err
    assert not (tmp_path / "poster.pdf").exists()
    assert not (tmp_path / "voice.ogg").exists()


def verify(tmp_path: Path, *conditions: str) -> None:
    """As if somebody had verified the answers of the demonstration, with these changes."""
    changes = ", ".join(("is_demonstration = 0", "verified_by = 'x'", *conditions))
    with closing(sqlite3.connect(tmp_path / "chasqui.db")) as database, database:
        database.execute(f"UPDATE answers SET {changes}")


def voice(tmp_path: Path, topic: str, language: str = "es") -> int:
    out = str(tmp_path / "voice.ogg")
    with pytest.raises(SystemExit) as ended:
        main(["content", "voice", topic, "--language", language, "--out", out])
    return int(ended.value.code or 0)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A speaker and an encoder that pass on what is said; nothing else is installed."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("espeak-ng", "opusenc"):
        install(folder, name, "cat")
    monkeypatch.setenv("PATH", str(folder))
    return folder


@pytest.mark.usefixtures("content", "programs")
@pytest.mark.parametrize("language", ["es", "ht"])
def test_a_verified_answer_is_said_with_its_steps(tmp_path: Path, language: str) -> None:
    verify(tmp_path)
    assert voice(tmp_path, "asylum.apply", language) == 0
    said = (tmp_path / "voice.ogg").read_text(encoding="utf8")
    assert "0 8 0 0, 1 5 1, 7 0" in said
    assert "http" not in said
    with closing(sqlite3.connect(tmp_path / "chasqui.db")) as database:
        query = """SELECT t.steps FROM answer_texts t JOIN answers a ON a.id = t.answer_id
                   WHERE a.topic = 'asylum.apply' AND t.language = ?"""
        (steps,) = database.execute(query, (language,)).fetchone()
    beginnings = [text.split()[0] for text in json.loads(steps).values()]
    assert beginnings
    assert all(each in said for each in beginnings)


@pytest.mark.usefixtures("content", "programs")
@pytest.mark.parametrize(
    ("topic", "change", "reason"),
    [
        ("protection.gbv", "valid_until = valid_until", "whoever stands beside the phone"),
        ("safety.partner_violence", "valid_until = valid_until", "whoever stands beside the phone"),
        ("asylum.apply", "valid_until = '2001-01-01'", "no such answer is verified and told now"),
        ("asylum.apply", "state = 'draft'", "no such answer is verified and told now"),
    ],
)
def test_what_must_not_be_heard_or_is_over_is_not_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], topic: str, change: str, reason: str
) -> None:
    # HUM-26: somebody may stand beside the phone; INV-13: nor is told what nobody holds to
    verify(tmp_path, change)
    assert voice(tmp_path, topic) == 2
    assert reason in capsys.readouterr().err
    assert not (tmp_path / "voice.ogg").exists()


@pytest.mark.usefixtures("content")
def test_without_the_programs_it_says_what_to_install(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], programs: Path
) -> None:
    verify(tmp_path)
    (programs / "espeak-ng").unlink()
    assert voice(tmp_path, "asylum.apply") == 2
    assert "espeak-ng is not installed (Debian: package espeak-ng)" in capsys.readouterr().err


@pytest.mark.usefixtures("content")
def test_translations_go_out_and_come_in_as_nothing_new(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in (
        ["export", str(tmp_path), "--lang", "fr"],
        ["import", str(tmp_path / "fr.po")],
    ):
        with pytest.raises(SystemExit) as ended:
            main(["content", "po", *command])
        assert not ended.value.code
    assert "answers: 0 new; services: 0 new" in capsys.readouterr().out
