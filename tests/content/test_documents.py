"""SEC-50: YAML from outside is plain data of a bounded size, or it is refused with its line."""

from pathlib import Path

import pytest

from content.documents import LARGEST_BYTES, read_mapping
from content.findings import Findings

BOMB = """a: &a [x, x, x, x, x, x, x, x, x]
b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]
c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b]
d: [*c, *c, *c, *c, *c, *c, *c, *c, *c]
"""


def read(folder: Path, text: str | bytes) -> list[tuple[int, str]]:
    path = folder / "topic.yml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    findings = Findings()
    assert read_mapping(path, "topic.yml", findings) is None
    return [(finding.line, finding.message) for finding in findings.items]


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        (BOMB, 1, "anchors"),
        ("ok: 1\nb: *a\n", 2, "aliases"),
        ("ok: 1\nrun: !!python/object/apply:os.system ['true']\n", 2, "tags"),
        ("ok: 1\nwhen: !!timestamp 2020-01-01\n", 2, "tags"),
        ("%YAML 1.1\n---\nok: 1\n", 1, "directives"),
        ("---\nok: 1\n---\nok: 2\n", 3, "more than one document"),
        ("ok: " + "[" * 5000 + "]" * 5000, 1, "nested deeper"),
        ("ok: 1\ntext: abc\u202edef\n", 2, "direction mark"),
        ("ok: 1\ntext: abc\u200bdef\n", 2, "invisible"),
        ("ok: 1\n  bad: 2\n", 2, "not YAML"),
        ("ok: [1, 2\n", 2, "not YAML"),
        ("- a\n- b\n", 1, "key: value"),
        ("", 1, "key: value"),
        ("ok: \x07\n", 1, "not YAML"),
        (b"ok: \xff\xfe\n", 1, "UTF-8"),
        ("a: " + "x" * LARGEST_BYTES, 1, "larger than 64 kB"),
    ],
)
def test_refused_documents(tmp_path: Path, text: str | bytes, line: int, reason: str) -> None:
    found = read(tmp_path, text)
    assert [place for place, _ in found] == [line]
    assert reason in found[0][1]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    findings = Findings()
    assert read_mapping(tmp_path / "no.yml", "no.yml", findings) is None
    assert str(findings.items[0]).startswith("no.yml:1: error: file: cannot be read")


def test_wrong_kinds_are_noted_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "topic.yml"
    path.write_text("text: [a]\nflag: yes\nlist: a\nmap: a\nlist2:\n  - {a: 1}\ntext: b\nn: x\n")
    findings = Findings()
    fields = read_mapping(path, "topic.yml", findings)
    assert fields is not None
    assert fields.flag("flag") is False
    assert fields.texts("list") == ()
    assert fields.mapping("map") is None
    assert fields.texts("list2") == ()
    assert fields.number("n") == 0
    assert [(finding.line, finding.field) for finding in findings.items] == [
        (7, "text"),
        (2, "flag"),
        (3, "list"),
        (4, "map"),
        (6, "list2"),
        (8, "n"),
    ]


def test_values_are_texts_whatever_yaml_would_make_of_them(tmp_path: Path) -> None:
    path = tmp_path / "topic.yml"
    path.write_text("a: 2020-12-30\nb: 0800\nc: no\nd: null\ne: 'null'\n")
    fields = read_mapping(path, "topic.yml", Findings())
    assert fields is not None
    assert [fields.text(key) for key in fields] == ["2020-12-30", "0800", "no", "", "null"]
