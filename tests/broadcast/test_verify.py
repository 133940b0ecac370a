"""Each check, with an update that passes it and one that does not."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from broadcast.audience import Audience
from broadcast.links import find_links, is_shortened, is_whole
from broadcast.subject import Subject, narrowest
from broadcast.verify import RULES, check, find_faults, verify
from broadcast.versions import Repetition, find_update
from tests.broadcast.scene import POLICY, TEXTS, Scene

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)  # ten in the morning in Lima
GOOD = Subject(
    title="Feria",
    texts=TEXTS,
    audience=Audience(),
    people=12,
    outside_window=0,
    unknown_areas=(),
    send_at=None,
    not_after=NOW + timedelta(days=2),
    now=NOW,
    text_length=1600,
    policy=POLICY,
)
NIGHTLY = replace(POLICY, quiet=(time(21), time(8)))


def es(text: str) -> dict[str, Any]:
    return {"texts": {"es": text, "en": "At 9 on 28."}}


def test_a_good_update_passes_every_check() -> None:
    assert check(GOOD) == []


@pytest.mark.parametrize(
    ("place", "changes"),
    [
        ("title", {"title": " "}),
        ("text.es", {"texts": {"en": "Hi.", "ht": "Alo."}}),
        ("text.en", {"texts": {"es": "Hola."}}),
        ("text.es", es("9 28 " + "a" * 1600)),
        ("text.es", es("Refugiados: feria el 28 a las 9")),
        ("text.es", es("Información sobre VÍH el 28 a las 9")),
        ("text.es", es("Migraciones abre el 28 a las 9")),
        ("text.en", {"texts": {"es": "A las 9 del 28.", "en": "For asylum seekers: 9 on 28"}}),
        ("text.ht", {"texts": {"es": "A las 9 del 28.", "ht": "Vyolans: 9, 28"}}),
        ("text.en", {"texts": {"es": "A las 9 del 28.", "en": "At 8 on 28."}}),
        ("text.en", {"texts": {"es": "A las 9 del 28.", "en": "On 28."}}),
        ("text.es", es("A las 9 del 28 en http://gtrm.pe/feria")),
        ("text.es", es("A las 9 del 28 en https://bit.ly/abc")),
        ("text.es", es("A las 9 del 28 en bit.ly/abc")),
        ("areas", {"unknown_areas": ("99",)}),
        ("audience", {"people": 0}),
        ("not_after", {"not_after": NOW}),
        ("not_after", {"send_at": NOW + timedelta(days=3)}),
        ("not_after", {"not_after": NOW + POLICY.undo}),
    ],
)
def test_what_has_to_be_mended_is_named(place: str, changes: dict[str, Any]) -> None:
    findings = check(replace(GOOD, **changes))
    blocking = {finding.place for finding in findings if finding.blocks}
    assert place in blocking
    assert all(finding.words % finding.values for finding in findings)


@pytest.mark.parametrize(
    ("place", "changes"),
    [
        ("send_at", {"send_at": NOW - timedelta(hours=1)}),
        ("send_at", {"send_at": datetime(2026, 11, 23, 4, 0, tzinfo=UTC), "policy": NIGHTLY}),
        ("send_at", {"now": datetime(2026, 11, 22, 12, 59, tzinfo=UTC), "policy": NIGHTLY}),
        ("urgency", {"urgency": "The bridge is closed from now on."}),
        ("trial", {"was_tried": False}),
        ("checked", {"unchecked": ("en",)}),
        ("audience", {"outside_window": 3}),
    ],
)
def test_what_the_approver_judges_does_not_block(place: str, changes: dict[str, Any]) -> None:
    findings = check(replace(GOOD, **changes))
    assert [(finding.place, finding.blocks) for finding in findings] == [(place, False)]


LINKS = replace(POLICY, links=("gob.pe",))


@pytest.mark.parametrize(
    ("place", "changes"),
    [
        # people sleep from nine to eight: over by then is over before anybody has read it
        (
            "not_after",
            {
                "policy": NIGHTLY,
                "send_at": datetime(2026, 11, 23, 3, 0, tzinfo=UTC),
                "not_after": datetime(2026, 11, 23, 13, 0, tzinfo=UTC),
            },
        ),
        ("urgency", {"urgency": "now"}),
        ("text.en", {"texts": {"es": "El 9 de mayo.", "en": "On 9 March."}}),
        ("text.en", {"texts": {"es": "https://gob.pe/a", "en": "https://gob.pe/b"}}),
        ("text.es", {**es("9 28 https://gov.pe"), "policy": LINKS}),
        ("text.es", {**es("9 28 https://gob.pe.evil.example"), "policy": LINKS}),
        ("not_after", {"repetition": Repetition(1, NOW + timedelta(days=9))}),
        ("repeat_until", {"repetition": Repetition(7, NOW + timedelta(days=6))}),
    ],
)
def test_what_has_to_be_mended_first(place: str, changes: dict[str, Any]) -> None:
    # HUM-42, HUM-45
    findings = check(replace(GOOD, **changes))
    assert place in {finding.place for finding in findings if finding.blocks}
    assert all(finding.words % finding.values for finding in findings)


@pytest.mark.parametrize(
    "changes",
    [
        {
            "texts": {name: f"{text} https://www.gob.pe/x" for name, text in TEXTS.items()},
            "policy": LINKS,
        },
        {"texts": {"es": "El 9 de mayo.", "en": "On May 9.", "ht": "9 me."}},
        {"repetition": Repetition(7, NOW + timedelta(days=7))},
    ],
)
def test_what_agrees_passes(changes: dict[str, Any]) -> None:
    assert check(replace(GOOD, **changes)) == []


def test_the_beginning_matters_not_the_rest() -> None:
    # HUM-27: the first forty characters are what a locked phone shows.
    text = "Información importante para ti y los tuyos: 28 9. Ley de refugio."
    assert check(replace(GOOD, **es(text))) == []


@pytest.mark.parametrize(
    "text", ["A las 9 del 28: https://www.gob.pe/feria", "9 28 (https://gtrm.pe/a?b=77)."]
)
def test_whole_links_pass_and_their_digits_do_not_count(text: str) -> None:
    link = find_links(text)[0]
    texts = {"es": text, "en": f"At 9 on 28: {link}"}
    assert check(replace(GOOD, texts=texts)) == []


@pytest.mark.parametrize(
    "link",
    [
        "http://gob.pe/a",
        "https://192.168.0.1/a",
        "https://gob.pe:8443/a",
        "https://user@gob.pe/a",
        "https://xn--gb-mka.pe/a",
        "https://gób.pe/a",
        "ftp://gob.pe/a",
        "www.gob.pe",
        "https://[::1/",
    ],
)
def test_links_that_hide_something_do_not_pass(link: str) -> None:
    assert not is_whole(link)


def test_links_are_found_without_the_point_after_them() -> None:
    text = "Mira https://gob.pe/a. O (www.gob.pe), o tinyurl.com/x!"
    assert find_links(text) == ["https://gob.pe/a", "www.gob.pe", "tinyurl.com/x"]
    assert [is_shortened(link) for link in find_links(text)] == [False, False, True]


def test_the_narrowest_channel_of_the_audience_sets_the_length() -> None:
    assert narrowest(Audience(), POLICY) == 1600
    assert narrowest(Audience(channels=("telegram",)), POLICY) == 4096


def test_no_rule_is_left_out() -> None:
    import broadcast.verify as module

    named = {name for name in vars(module) if name.startswith("check_")}
    assert {rule.__name__ for rule in RULES} == named


async def test_a_stored_update_is_checked_as_it_would_be_sent(small_scene: Scene) -> None:
    update_id = await small_scene.compose(audience=Audience(areas=("99",)))
    async with small_scene.database.read() as session:
        row = await find_update(session, update_id)
        findings = await verify(session, row, POLICY, small_scene.clock.now())
        faults = await find_faults(session, row, POLICY, small_scene.clock.now())
    assert {finding.place for finding in findings} == {"areas", "audience", "trial", "checked"}
    assert [finding for finding in findings if finding.blocks] == faults
