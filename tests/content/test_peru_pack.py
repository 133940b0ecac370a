"""The pack that ships: clean by its own rules, and without what must never be published."""

from content.check import check_pack
from content.commands import find_pack
from content.pack import SAFETY_CLASSES, Pack
from content.place_words import normalise

_RESULT = check_pack(find_pack("peru"))


def pack() -> Pack:
    assert _RESULT.pack is not None, "\n".join(str(finding) for finding in _RESULT.findings)
    return _RESULT.pack


def test_the_pack_is_clean() -> None:
    assert [str(finding) for finding in _RESULT.findings] == []
    assert pack().settings.languages == ("es", "en", "pt", "fr", "ht")


def test_every_safety_class_is_there() -> None:
    found = {topic.safety_class for topic in pack().topics if topic.is_safety}
    assert found == {*SAFETY_CLASSES}


def test_no_shelter_shows_where_it_is() -> None:
    for service in pack().services:
        words = normalise(" ".join([service.organisation, *service.names.values()]))
        assert "albergue" not in words
        assert "casa de acogida" not in words
        assert not (service.address and "shelter" in service.needs)


def test_every_service_tells_source_and_date() -> None:  # HUM-25
    for service in pack().services:
        assert service.source["name"]
        assert service.source["date"]
        assert service.address or service.phone or service.notes or service.area


def test_every_need_of_a_topic_has_a_service_somewhere() -> None:
    offered = {need for service in pack().services for need in service.needs}
    wanted = {topic.need for topic in pack().topics if topic.need}
    assert wanted - offered <= {"shelter", "cash"}  # referred by people, never published


def test_what_was_left_out_says_why() -> None:
    assert all(entry["because"] for entry in pack().settings.left_out)
    names = {name for service in pack().services for name in service.names.values()}
    assert not names & {entry["service"] for entry in pack().settings.left_out}
