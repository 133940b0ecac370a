"""A pack is checked as a whole; each finding names file, line, field and the mend."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from content.check import check_pack
from content.findings import Severity
from tests.content.packs import make_pack, make_service, make_topic, write

TOPIC = "topics/asylum.apply.yml"


def mend(folder: Path, name: str, before: str, after: str) -> int:
    """Replace `before` in a file of the pack; the line where it stood."""
    path = folder / name
    text = path.read_text(encoding="utf8")
    assert before in text, f"{before!r} is not in {name}"
    path.write_text(text.replace(before, after, 1), encoding="utf8")
    return text[: text.index(before)].count("\n") + 1


def test_a_good_pack_is_clean(tmp_path: Path) -> None:
    pack = make_pack(services=(make_service("one", "150105"), make_service("two", None)))
    result = check_pack(write(tmp_path, pack))
    assert result.findings == ()
    assert result.pack == pack
    assert result.figures.topics == 1
    assert result.figures.safety == 8
    assert result.figures.texts == 27
    assert (result.figures.steps, result.figures.with_steps) == (6, 1)
    assert result.figures.complete == {"es": 9, "en": 9, "ht": 9}
    assert result.figures.tied == result.figures.figure_sentences == 18
    assert result.figures.services == 2
    assert result.figures.areas == 7


@pytest.mark.parametrize(
    ("before", "after", "field", "message"),
    [
        ("need: legal", "nede: legal", "nede", "unknown key; known are"),
        ("owner: protection", "owner: nobody", "owner", "unknown sub-group 'nobody'"),
        ("need: legal", "need: money", "need", "unknown need 'money'"),
        ("need: legal", "need: [legal]", "need", "must be one text"),
        ("related: []", "related: [asylum.appply]", "related", "no topic 'asylum.appply'"),
        ("related: []", "related: [asylum.apply]", "related", "names the topic itself"),
        ("handover: true", "handover: 1", "handover", "must be true or false"),
        ("es: Pedir refugio,", "es: Pedir refugio en la oficina,", "title.es", "has 27 characters"),
        ("es: Pedir refugio,", "es: Pedir refugio, fi: X,", "title.fi", "unknown language"),
        ("es: Pedir refugio,", "", "title", "lacks the language es"),
        ("date: '2026-02-07'", "date: 7 de febrero", "sources[1].date", "is no date"),
        ("date: '2026-02-07'", "date: '2026-13'", "sources[1].date", "is no date"),
        ("topic: asylum.apply", "topic: asylum.other", "topic", "as the file is named"),
    ],
)
def test_findings_about_fields(
    tmp_path: Path, before: str, after: str, field: str, message: str
) -> None:
    folder = write(tmp_path)
    line = mend(folder, TOPIC, before, after)
    result = check_pack(folder)
    assert result.pack is None
    found = [finding for finding in result.findings if finding.field == field]
    assert [(finding.path, finding.line) for finding in found] == [(TOPIC, line)]
    assert message in found[0].message


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text + " Es así." * 75, "600 are allowed"),
        (lambda text: text[:140], "150 are needed"),
        (lambda text: text + "\nEnvíanos tu pasaporte.", "asks for identity data"),
    ],
)
def test_findings_about_texts(tmp_path: Path, change: Callable[[str], str], message: str) -> None:
    texts = make_topic().texts
    folder = write(tmp_path, make_pack(make_topic(texts=texts | {"es": change(texts["es"])})))
    lines = (folder / TOPIC).read_text(encoding="utf8").splitlines()
    result = check_pack(folder)
    found = [finding for finding in result.findings if finding.field == "texts.es"]
    assert len(found) == 1
    assert message in found[0].message
    assert lines[found[0].line - 1] == "  es: |"


def test_a_text_missing_in_one_language_is_an_error(tmp_path: Path) -> None:
    texts = {key: text for key, text in make_topic().texts.items() if key != "ht"}
    result = check_pack(write(tmp_path, make_pack(make_topic(texts=texts))))
    assert [(f.field, f.message) for f in result.findings] == [
        ("texts", "lacks the language ht; add it")
    ]


def test_figures_must_agree_with_spanish(tmp_path: Path) -> None:
    texts = make_topic().texts
    wrong = texts | {"en": texts["en"].replace("105", "106")}
    result = check_pack(write(tmp_path, make_pack(make_topic(texts=wrong))))
    assert [(f.field, f.message) for f in result.findings] == [
        ("texts.en", "lacks 105, adds 106 against Spanish")
    ]


def test_sensitive_texts_begin_neutrally(tmp_path: Path) -> None:  # HUM-26
    texts = make_topic().texts
    loud = texts | {"es": "Violencia: qué hacer. " + texts["es"]}
    assert check_pack(write(tmp_path / "a", make_pack(make_topic(texts=loud)))).is_clean
    sensitive = make_topic(texts=loud, sensitive=True)
    result = check_pack(write(tmp_path / "b", make_pack(sensitive)))
    assert ["locked screen" in finding.message for finding in result.findings] == [True]


def test_long_sentences_are_a_warning_only(tmp_path: Path) -> None:
    plain = make_topic()
    texts = plain.texts | {"es": "luz y sol " * 20 + "8, 30, 17, 00, 105."}
    sources = ({**plain.sources[0], "says": ["luz y sol"]},)
    result = check_pack(write(tmp_path, make_pack(make_topic(texts=texts, sources=sources))))
    assert {finding.severity for finding in result.findings} == {Severity.WARNING}
    assert "65 words on average" in result.findings[0].message
    assert result.is_clean


def test_one_bad_file_does_not_hide_another(tmp_path: Path) -> None:
    folder = write(tmp_path)
    (folder / "topics" / "broken.one.yml").write_text("topic: [", encoding="utf8")
    mend(folder, TOPIC, "owner: protection", "owner: nobody")
    assert {finding.path for finding in check_pack(folder).findings} == {
        TOPIC,
        "topics/broken.one.yml",
    }


def test_every_safety_class_is_demanded(tmp_path: Path) -> None:
    folder = write(tmp_path)
    mend(folder, "safety.yml", "self_harm:", "selfharm:")
    assert [(f.line, f.field, f.message.split(";")[0]) for f in check_pack(folder).findings] == [
        (1, "self_harm", "is missing"),
        (1, "selfharm", "unknown key"),
    ]


def test_a_pack_without_settings_cannot_be_checked(tmp_path: Path) -> None:
    folder = write(tmp_path)
    (folder / "pack.yml").unlink()
    result = check_pack(folder)
    assert result.pack is None
    assert [finding.path for finding in result.findings] == ["pack.yml"]


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"area": "150199"}, "area", "no area '150199'"),
        ({"needs": ("legal", "money")}, "needs", "unknown need 'money'"),
        ({"needs": ()}, "needs", "is empty"),
        ({"owner": "nobody"}, "owner", "unknown sub-group"),
        ({"hours": {"es": "Lunes"}}, "hours", "at least es and en"),
        ({"names": {"es": "Casa de acogida", "en": "House"}}, "address", "never published"),
        ({"names": {"es": "Albergue Luz", "en": "Luz"}}, "address", "never published"),
        ({"organisation": "Hogar de Refugio Temporal"}, "address", "never published"),
    ],
)
def test_findings_about_services(
    tmp_path: Path, changes: dict[str, object], field: str, message: str
) -> None:
    service = replace(make_service("place", "150105"), **changes)  # type: ignore[arg-type]
    folder = write(tmp_path, make_pack(services=(make_service("a_first", None), service)))
    result = check_pack(folder)
    found = [f for f in result.findings if f.field == f"place.{field}"]
    assert len(found) == 1
    assert message in found[0].message
    assert found[0].line > 1


def test_an_area_needs_the_one_above_it(tmp_path: Path) -> None:
    folder = write(tmp_path)
    line = mend(folder, "areas.yml", "'2403'", "'2503'")
    assert [(f.line, f.message) for f in check_pack(folder).findings] == [
        (line, "25 above it is missing"),
        (line + 1, "2403 above it is missing"),
    ]
