"""The canonical form: what is written reads back the same, and writing again changes nothing."""

import shutil
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from content.commands import find_pack, format_content
from content.findings import Findings
from content.formatting import format_pack, write_pack
from content.pack import Pack
from content.reading import read_pack
from tests.content.packs import make_pack, make_service, make_topic, write

# What YAML could mistake for something else: numbers, flags, quotes, colons, marks.
WORDS = st.text(
    st.sampled_from("aeñ éÑç0189:#'\"-{}[],&*!|>%@`?.°ªº¿\n~=<")
    | st.characters(categories=["L", "N"], max_codepoint=0x24F),
    min_size=1,
    max_size=60,
).map(lambda text: "\n".join(line.rstrip() for line in text.strip().splitlines()))
TEXTS = WORDS.filter(bool)


def read(folder: Path) -> Pack:
    findings = Findings()
    pack = read_pack(folder, findings)
    assert findings.items == []
    assert pack is not None
    return pack


@settings(max_examples=60, deadline=None)
@given(text=TEXTS, title=TEXTS, facts=TEXTS, address=TEXTS)
def test_any_words_survive_writing_and_reading(
    text: str, title: str, facts: str, address: str
) -> None:
    plain = make_topic()
    topic = replace(
        plain,
        titles=plain.titles | {"es": " ".join(title.split())},
        texts=plain.texts | {"es": text},
        sources=({**plain.sources[0], "facts": facts},),
    )
    pack = make_pack(topic, services=(make_service("one", None, address=address),))
    with TemporaryDirectory() as folder:
        write_pack(pack, Path(folder))
        again = read(Path(folder))
        assert again == pack
        assert write_pack(again, Path(folder)) == []


def test_formatting_twice_changes_nothing_the_second_time(tmp_path: Path) -> None:
    folder = write(tmp_path)
    topic = folder / "topics" / "asylum.apply.yml"
    topic.write_text(
        "# a remark\n" + topic.read_text("utf8").replace("need: legal", 'need: "legal"')
    )
    first = format_content(folder)
    assert first.changed == (topic,)
    assert format_content(folder).changed == ()


def test_a_file_that_cannot_be_read_stops_all_formatting(tmp_path: Path) -> None:
    folder = write(tmp_path)
    topic = folder / "topics" / "asylum.apply.yml"
    safety = folder / "safety.yml"
    topic.write_text("topic: [", encoding="utf8")
    safety.write_text("# a remark\n" + safety.read_text("utf8"), encoding="utf8")
    before = safety.read_text("utf8")
    result = format_content(folder)
    assert result.changed == ()
    assert [finding.path for finding in result.findings] == ["topics/asylum.apply.yml"]
    assert safety.read_text("utf8") == before


def test_order_in_the_files_does_not_matter(tmp_path: Path) -> None:
    services = (make_service("b", None), make_service("a", "24"))
    pack = make_pack(make_topic("b.two"), make_topic("a.one"), services=services)
    turned = replace(
        pack, topics=pack.topics[::-1], services=services[::-1], areas=pack.areas[::-1]
    )
    assert format_pack(turned) == format_pack(pack)


def test_the_peru_pack_keeps_its_content_when_formatted(tmp_path: Path) -> None:
    folder = tmp_path / "peru"
    shutil.copytree(find_pack("peru"), folder)
    before = read(folder)
    format_content(folder)
    after = read(folder)
    assert {topic.topic: topic for topic in after.topics} == {
        topic.topic: topic for topic in before.topics
    }
    assert format_content(folder).changed == ()
