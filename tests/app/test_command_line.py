"""The command line: bad input is one clear line and status 2; `ask` prints what would be said."""

import asyncio
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from broadcast.checking import check_language
from broadcast.versions import find_update
from hub.cli.main import main
from hub.clock import ManualClock
from hub.database import Database
from hub.vault import Vault
from tests.broadcast.scene import Scene
from tests.conftest import NOW

ROOT = Path(__file__).parent.parent.parent
KEYS = [
    *("text", "language", "kind", "topic", "topics", "confidence", "alternatives", "safety_class"),
    *("command", "asked_about", "slots", "reply", "milliseconds", "engine", "withheld"),
]
EXAMPLES = {
    "asylum.apply": ["cómo pido refugio", "quiero pedir refugio", "solicitar refugio"],
    "health.sis": ["cómo saco el SIS", "afiliarme al SIS", "seguro de salud SIS"],
    "dialogue.thanks": ["gracias", "muchas gracias", "mil gracias"],
}


@dataclass
class Ended:
    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


Run = Callable[..., Ended]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """`chasqui` with these arguments, over a folder of its own."""
    write_examples(tmp_path / "examples")
    own = {"examples": str(tmp_path / "examples"), "learnt": str(tmp_path / "learnt")}
    settings = {"understanding": {"rasa": False, **own}}
    (tmp_path / "config.yml").write_text(yaml.safe_dump(settings), encoding="utf8")
    monkeypatch.setenv("CHASQUI_CONFIG", str(tmp_path / "config.yml"))
    monkeypatch.setenv("CHASQUI_DATABASE_URL", f"sqlite:///{tmp_path}/chasqui.db")
    monkeypatch.setenv("CHASQUI_KEYS", str(tmp_path / "keys.json"))

    def start(*arguments: str) -> Ended:
        capsys.readouterr()
        try:
            main(arguments)
            status: object = 0
        except SystemExit as end:
            status = end.code or 0
        printed = capsys.readouterr()
        assert isinstance(status, int)
        return Ended(status, printed.out, printed.err)

    return start


@pytest.fixture
def with_content(run: Run, prepared: Path, tmp_path: Path) -> Run:
    shutil.copy(prepared, tmp_path / "chasqui.db")
    return run


def write_examples(folder: Path) -> None:
    (folder / "es").mkdir(parents=True)
    for intent, texts in EXAMPLES.items():
        lines = "\n".join(f"- {text}" for text in texts)
        content = {"version": "3.1", "nlu": [{"intent": intent, "examples": lines}]}
        path = folder / "es" / f"{intent}.yml"
        path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf8")


def assert_refused(ended: Ended, *parts: str) -> None:
    """Status 2, nothing printed, and one line that says what is wrong."""
    assert ended.status == 2
    assert ended.out == ""
    assert len(ended.err.strip().splitlines()) == 1, ended.err
    for part in parts:
        assert part in ended.err


def ask(run: Run, *arguments: str) -> list[dict[str, Any]]:
    ended = run("ask", "--no-rasa", "--json", *arguments)
    assert ended.status == 0, ended.err
    return ended.lines


def ask_file(run: Run, path: Path, content: str, *arguments: str) -> list[dict[str, Any]]:
    path.write_text(content, encoding="utf8")
    return ask(run, "--file", str(path), *arguments)


# Bad input


def test_a_missing_or_wrong_configuration(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    # SEC-29
    monkeypatch.setenv("CHASQUI_CONFIG", "/nowhere/config.yml")
    assert_refused(run("settings"), "/nowhere/config.yml", "CHASQUI_CONFIG")


def test_a_misspelt_setting(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "config.yml"
    path.write_text("platfrom: x", encoding="utf8")
    assert_refused(run("settings"), str(path), "platfrom")


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("garbage", "not the address of a database"),
        ("mysql://user:canary-password@host/x", "sqlite:// or postgresql://"),
        ("postgresql://user:canary-password@127.0.0.1:1/x", "cannot be used"),
        ("sqlite:////proc/nowhere/x.db", "/proc/nowhere"),
    ],
)
def test_a_database_that_is_none(
    run: Run, monkeypatch: pytest.MonkeyPatch, url: str, says: str
) -> None:
    # INV-9: the password is not told
    monkeypatch.setenv("CHASQUI_DATABASE_URL", url)
    ended = run("staff", "list")
    assert_refused(ended, "CHASQUI_DATABASE_URL", says)
    assert "canary" not in ended.err


def test_a_database_that_was_never_migrated(run: Run) -> None:
    # F-17
    for command in (("ask", "hola"), ("staff", "list"), ("broadcast", "list")):
        assert_refused(run(*command), "chasqui migrate")


def test_a_revision_that_does_not_exist(run: Run) -> None:
    assert_refused(run("migrate", "nonsense"), "nonsense")


def test_an_update_that_does_not_exist(run: Run) -> None:
    assert run("migrate").status == 0
    for command in ("pause", "resume", "stop", "show", "plan", "retry"):
        assert_refused(run("broadcast", command, "nobody"), "nobody", "no such update")


def test_show_and_plan_name_the_languages_that_nobody_checked(run: Run, tmp_path: Path) -> None:
    assert run("migrate").status == 0
    update_id = asyncio.run(_write_update(f"sqlite:///{tmp_path}/chasqui.db"))
    for command in ("show", "plan"):
        assert "not checked\ten" in run("broadcast", command, update_id).out.splitlines()


async def _write_update(url: str) -> str:
    """One in Spanish and English, of which its author read the Spanish."""
    database = Database(url)
    scene = Scene(database, Vault.generate(), ManualClock(NOW))
    await scene.hire()
    update_id = await scene.compose()
    async with database.write() as session:
        await check_language(
            session,
            update_id,
            "es",
            seen_hash=(await find_update(session, update_id)).content_hash,
            checker=scene.staff["author"],
            now=NOW,
        )
    await database.close()
    return update_id


def test_keys(run: Run, tmp_path: Path) -> None:
    # SEC-79
    path = tmp_path / "keys.json"
    assert run("migrate").status == 0
    assert_refused(run("web"), str(path), "chasqui keys new")
    assert run("keys", "new").status == 0
    before = path.read_bytes()
    assert_refused(run("keys", "new"), str(path), "never overwritten")
    assert path.read_bytes() == before
    assert Vault.load(path)
    path.chmod(0o644)
    assert_refused(run("web"), str(path), "chmod 600")


def test_real_people_are_not_served_from_a_demonstration(with_content: Run) -> None:
    # INV-13
    assert with_content("keys", "new").status == 0
    assert_refused(with_content("web"), "demonstration")


@pytest.mark.parametrize("arguments", [(), ("hola", "--file", "x"), ("--lang", "es")])
def test_ask_wants_one_of_two(run: Run, arguments: tuple[str, ...]) -> None:
    assert_refused(run("ask", *arguments), "TEXT or --file")


@pytest.mark.parametrize("command", [("nonsense",), ("ask", "--nonsense"), ("web", "--port", "0")])
def test_unknown_words(run: Run, command: tuple[str, ...]) -> None:
    assert run(*command).status == 2


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\xff\xfe", "not UTF-8"),
        (b"hola\n{", "file:2: "),
        (b'{"texto": "hola"}', "file:1: text"),
        (b'{"text": 7}', "file:1: text"),
        (b'{"text": "a", "lang": 7}', "file:1: lang"),
        (b'a\n\n{"text": "a", "lang": "xx"}', "file:3: lang: 'xx'"),
        (b'{"text": "a", "before": "abc"}', "file:1: before"),
        (b'{"text": "a", "before": [1]}', "file:1: before"),
        (b"{" * 100_000, "file:1: "),
    ],
)
def test_a_file_that_is_wrong_is_named_with_its_line(
    with_content: Run, tmp_path: Path, content: bytes, says: str
) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    assert_refused(with_content("ask", "--no-rasa", "--json", "--file", str(path)), says)


def test_a_file_that_is_not_there(with_content: Run, tmp_path: Path) -> None:
    for path in (tmp_path / "no", tmp_path):
        assert_refused(with_content("ask", "--no-rasa", "--file", str(path)), str(path))


def test_the_command_itself_ends_so_too(tmp_path: Path) -> None:
    """Once as its users run it: the process's status, and no traceback."""
    command = Path(sys.executable).parent / "chasqui"
    environment = {"CHASQUI_CONFIG": str(tmp_path / "no.yml"), "PATH": "/usr/bin:/bin"}
    ended = subprocess.run(
        [command, "settings"], env=environment, capture_output=True, text=True, check=False
    )
    assert_refused(Ended(ended.returncode, ended.stdout, ended.stderr), "no such file")


# Asking


def test_the_keys_of_an_answer_are_fixed(with_content: Run) -> None:
    (answer,) = ask(with_content, "cómo pido refugio")
    assert list(answer) == KEYS
    assert (answer["text"], answer["language"]) == ("cómo pido refugio", "es")
    assert (answer["kind"], answer["topic"], answer["engine"]) == (
        "answer",
        "asylum.apply",
        "fallback",
    )
    assert 0 < answer["confidence"] <= 1
    assert all(list(each) == ["topic", "confidence"] for each in answer["alternatives"])
    assert answer["topic"] not in [each["topic"] for each in answer["alternatives"]]
    assert answer["reply"].strip()
    assert isinstance(answer["milliseconds"], float)
    assert answer["withheld"] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("BAJA", {"kind": "command", "command": "stop"}),
        ("avisos", {"kind": "command", "command": "start"}),
        ("ayuda", {"kind": "command", "command": "help"}),
        ("mis datos", {"kind": "command", "command": "my_data"}),
        ("borrar", {"kind": "command", "command": "erase"}),
        ("idioma", {"kind": "command", "command": "language"}),
        ("persona", {"kind": "handover", "command": "person"}),
        ("mi esposo me pega", {"kind": "safety", "safety_class": "partner_violence"}),
        ("muchas gracias", {"kind": "smalltalk", "topic": None}),
        ("xyzzy", {"kind": "unknown", "topic": None}),
        ("", {"text": ""}),
    ],
)
def test_how_a_message_is_read(with_content: Run, text: str, expected: dict[str, object]) -> None:
    (answer,) = ask(with_content, text)
    assert {key: answer[key] for key in expected} == expected
    assert answer["reply"]


def test_a_file_of_plain_lines_and_json_lines(with_content: Run, tmp_path: Path) -> None:
    lines = [
        "cómo pido refugio",
        "",
        '{"text": "ayuda", "lang": "fr"}',
        '{"text": "ok", "before": ["mi esposo me pega"]}',
        '{"text": "1", "before": ["borrar"], "lang": "en"}',
        '{"text": "mis datos", "before": ["Kreyòl"]}',
        "línea con \u2028 y \x85 dentro",
    ]
    answers = ask_file(with_content, tmp_path / "file", "\ufeff" + "\r\n".join(lines) + "\n")
    assert [answer["text"] for answer in answers] == [
        *("cómo pido refugio", "ayuda", "ok", "1", "mis datos", "línea con \u2028 y \x85 dentro"),
    ]
    assert [answer["kind"] for answer in answers[:5]] == [
        *("answer", "command", "safety", "command", "command"),
    ]
    assert answers[1]["language"] == "fr"
    assert answers[3]["language"] == "en"
    assert answers[4]["language"] == "ht"


def test_the_option_is_the_language_of_lines_that_name_none(
    with_content: Run, tmp_path: Path
) -> None:
    content = 'ayuda\n{"text": "ayuda"}\n{"text": "ayuda", "lang": "ht"}\n'
    answers = ask_file(with_content, tmp_path / "file", content, "--lang", "pt")
    assert [answer["language"] for answer in answers] == ["pt", "pt", "ht"]


def test_odd_characters_are_printed(with_content: Run, tmp_path: Path) -> None:
    # SEC-40
    content = '{"text": "hola \\ud800 \\u0000"}\n{"text": "' + "\\u0301" * 5000 + '"}\n'
    answers = ask_file(with_content, tmp_path / "file", content)
    assert len(answers) == 2


def test_people_read_text(with_content: Run) -> None:
    ended = with_content("ask", "--no-rasa", "borrar")
    assert ended.status == 0
    assert ended.out.rstrip().splitlines()[-2].startswith("1. ")


def test_asking_stores_nothing(with_content: Run, tmp_path: Path) -> None:
    def dump() -> bytes:
        return b"".join(path.read_bytes() for path in sorted(tmp_path.glob("chasqui.db")))

    before = dump()
    ask(with_content, "cómo pido refugio")
    ask(with_content, "mi esposo me pega")
    assert dump() == before


def test_spreadsheets_go_out_and_come_in(with_content: Run, tmp_path: Path) -> None:
    path = tmp_path / "out" / "content.xlsx"
    ended = with_content("content", "sheets", "export", str(path))
    assert (ended.status, ended.out.strip()) == (0, str(path))
    ended = with_content("content", "sheets", "import", str(path))
    assert ended.status == 0, ended.err
    assert "answers: 0 new" in ended.out
    assert "services: 0 new" in ended.out
    path.write_text("no workbook")
    assert_refused(with_content("content", "sheets", "import", str(path)), "content.xlsx:1", "XLSX")
