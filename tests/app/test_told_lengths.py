"""The figures of a pack say whether its messages fit on every channel as people get them."""

from pathlib import Path

from content.check import check_pack
from hub.app.told_lengths import describe_lengths
from tests.content.packs import make_pack, make_topic, write


def test_the_longest_message_is_measured_as_it_is_told(tmp_path: Path) -> None:
    pack = check_pack(write(tmp_path)).pack
    assert pack is not None
    telegram, whatsapp = describe_lengths(pack)
    length = int(whatsapp.split(": ")[1].split()[0])
    assert max(len(text) for text in make_topic().texts.values()) + 100 < length < 1600
    assert f"{length} of 4096" in telegram
    assert whatsapp.endswith("fits")
    assert "NOT" not in whatsapp


def test_what_does_not_fit_is_said() -> None:
    long = make_topic(texts={"es": "Pregunta en la oficina. " * 80}, more=())
    _, whatsapp = describe_lengths(make_pack(long))
    assert whatsapp.endswith("(asylum.apply text es), DOES NOT FIT")
