"""`chasqui content sms`, `poster` and `po`: what they refuse, in one clear line."""

import shutil
from pathlib import Path

import pytest

from hub.cli.main import main


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
    for command in (["sms", topic], ["poster", topic, str(tmp_path / "poster.pdf")]):
        with pytest.raises(SystemExit) as ended:
            main(["content", *command])
        assert ended.value.code == 2
        assert reason in capsys.readouterr().err
    assert not (tmp_path / "poster.pdf").exists()


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
