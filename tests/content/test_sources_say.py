"""Each Spanish sentence with a figure names its source, and what a source says is in the text."""

from pathlib import Path

import pytest

from content.check import check_pack
from content.figures import describe
from tests.content.packs import STEPS, make_pack, make_topic, write


def findings_of(folder: Path, says: list[str], text: str | None = None) -> list[tuple[str, str]]:
    plain = make_topic()
    texts = plain.texts | ({"es": text} if text else {})
    topic = make_topic(texts=texts, sources=({**plain.sources[0], "says": says},))
    found = check_pack(write(folder, make_pack(topic))).findings
    return [(one.field, str(one.severity)) for one in found if one.path.startswith("topics")]


GOOD = ["Es gratis y atiende", "Si tienes dudas"]


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        (GOOD, []),
        (["Si tienes dudas"], [("texts.es", "warning")]),
        ([], [("texts.es", "warning")] * 2),
        ([*GOOD, "Es gratis"], [("sources[1].says", "error")]),  # too few words to tell it apart
        ([*GOOD, "Es caro y atiende"], [("sources[1].says", "error")]),
        ([*GOOD, "gratis y atiende de"], [("sources[1].says", "error")]),  # no beginning
        ([*GOOD, "Ve a la oficina"], []),  # of a step
    ],
)
def test_beginnings(tmp_path: Path, says: list[str], expected: list[tuple[str, str]]) -> None:
    assert findings_of(tmp_path, says) == expected


def test_a_figure_in_a_step_needs_a_source_too(tmp_path: Path) -> None:
    text = "Cuesta 20 soles en la oficina y nadie puede cobrarte más por el trámite."
    step = STEPS[1].__class__("cost", dict.fromkeys(("es", "en", "ht"), text))
    result = check_pack(write(tmp_path, make_pack(make_topic(more=(step,)))))
    assert [(one.field, str(one.severity)) for one in result.findings] == [
        ("more.cost.es", "warning")
    ]
    assert (result.figures.figure_sentences, result.figures.tied) == (19, 18)


def test_the_summary_tells_the_figures(tmp_path: Path) -> None:
    lines = list(describe(check_pack(write(tmp_path)).figures))
    assert lines[0].startswith("topics: 1, 1 of them with steps; safety texts: 8")
    assert lines[1] == "languages complete: es 9 of 9, en 9 of 9, ht 9 of 9"
    assert "18 of them tied to a source" in lines[2]
    assert "INFLESZ" in lines[3]
    assert lines[-1] == "errors: 0; warnings: 0"
