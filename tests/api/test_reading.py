"""What the API tells of answers and services: what is published now, page by page, and no more."""

from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from content.checking import check_language
from content.conditions import Condition, end_condition, set_condition
from content.models import Answer, AnswerText, Service
from content.review import approve_demonstration, verify_service, withdraw_answer
from hub.staff.tokens import Scope
from tests.api.conftest import DAY, Partner, keys, make_app, open_client

READING = (Scope.ANSWERS_READ, Scope.SERVICES_READ)


async def verify_services(partner: Partner, *names: str) -> None:
    desk = partner.desk
    async with partner.database.write() as session:
        for name in names:
            row = await desk.service(session, name)
            await verify_service(session, row.id, desk.verifier, row.hash, partner.clock.now())


async def withdraw(partner: Partner, topic: str) -> None:
    desk = partner.desk
    async with partner.database.write() as session:
        row = await desk.answer(session, topic)
        await withdraw_answer(session, row.id, desk.verifier, partner.clock.now())


def topics(page: httpx.Response) -> list[Any]:
    return keys(page, "topic")


async def test_only_what_somebody_verified_and_is_in_time_is_told(each_partner: Partner) -> None:
    # INV-13
    client = await each_partner.client_for(*READING)
    assert topics(await client.get("/answers")) == []
    await each_partner.desk.verify()
    page = await client.get("/answers")
    assert topics(page) == ["asylum.apply"]
    told = page.json()["items"][0]
    assert set(told["texts"]) == {"es", "en", "ht"}
    assert told["texts"]["es"]["text"].startswith("Puedes pedir refugio")
    assert {name for name, words in told["texts"].items() if words["is_checked"]} == {"es"}
    assert told["sources"][0] == {
        "name": "Diario, 2026",
        "url": "https://example.org/1",
        "date": "2026-02-07",
        "confidence": "medium",
    }
    assert told["verified_on"] == "2026-11-22"
    assert told["is_demonstration"] is False
    each_partner.clock.advance(date.fromisoformat(told["valid_until"]) - date(2026, 11, 22))
    later = await each_partner.client_for(*READING)
    assert topics(await later.get("/answers")) == ["asylum.apply"]
    each_partner.clock.advance(DAY)
    assert topics(await later.get("/answers")) == []


async def test_a_draft_of_a_new_version_does_not_show(partner: Partner) -> None:
    await partner.desk.verify()
    client = await partner.client_for(*READING)
    before = await client.get("/answers")
    async with partner.database.write() as session:
        told = await partner.desk.answer(session)
        copied: dict[str, Any] = {
            column.name: getattr(told, column.name)
            for column in Answer.__table__.columns
            if column.name not in ("id", "code")
        }
        copied |= {"version": 2, "state": "draft", "verified_by": None}
        later = Answer(**copied)
        session.add(later)
        await session.flush()
        session.add(AnswerText(answer_id=later.id, language="es", title="x", text="not yet"))
    assert (await client.get("/answers")).content == before.content


async def test_answers_are_found_by_topic_and_language(partner: Partner) -> None:
    for topic in ("asylum.apply", "work.rights", "safety.child_risk"):
        await partner.desk.verify(topic)
    client = await partner.client_for(*READING)
    assert topics(await client.get("/answers?topic=work.rights")) == ["work.rights"]
    assert topics(await client.get("/answers?topic=no.such")) == []
    only = (await client.get("/answers?language=ht")).json()["items"]
    assert [list(each["texts"]) for each in only] == [["ht"]] * 3
    async with partner.database.write() as session:
        row = await partner.desk.answer(session, "work.rights")
        haitian = await session.get_one(AnswerText, (row.id, "ht"))
        haitian.text = ""
    assert topics(await client.get("/answers?language=ht")) == ["asylum.apply", "safety.child_risk"]
    unknown = await client.get("/answers?language=qu")
    assert unknown.status_code == 422
    assert unknown.json()["errors"][0]["place"] == "query.language"


async def test_pages_hold_everything_once(each_partner: Partner) -> None:
    for topic in ("asylum.apply", "work.rights", "safety.child_risk", "safety.trafficking"):
        await each_partner.desk.verify(topic)
    client = await each_partner.client_for(*READING)
    seen: list[str] = []
    after = ""
    for _ in range(4):
        page = await client.get("/answers", params={"limit": 3, "after": after})
        seen += topics(page)
        after = page.json()["next"]
        if after is None:
            break
    assert seen == ["asylum.apply", "safety.child_risk", "safety.trafficking", "work.rights"]
    exact = await client.get("/answers?limit=4")
    assert exact.json()["next"] is None


async def test_a_copy_learns_what_changed_and_what_to_take_down(each_partner: Partner) -> None:
    # HUM-40
    desk, clock = each_partner.desk, each_partner.clock
    for topic in ("asylum.apply", "work.rights", "safety.child_risk"):
        await desk.verify(topic)
    client = await each_partner.client_for(*READING)
    clock.advance(timedelta(hours=1))
    since = clock.now().isoformat()
    clock.advance(timedelta(hours=1))

    async def changed(**more: str | int) -> dict[str, Any]:
        asked: dict[str, str | int] = {"changed_since": since, **more}
        page = await client.get("/answers", params=asked)
        assert page.status_code == 200
        return dict(page.json())

    assert await changed() == {"items": [], "gone": [], "next": None}
    await withdraw(each_partner, "work.rights")
    async with each_partner.database.write() as session:
        row = await desk.answer(session, "safety.child_risk")
        await check_language(session, row.id, "en", desk.verifier, row.hash, clock.now())
        (await desk.answer(session, "asylum.apply")).valid_until = date(2026, 11, 22)
    clock.advance(DAY)
    found = await changed()
    assert [each["topic"] for each in found["items"]] == ["safety.child_risk"]
    assert found["gone"] == [
        {"key": "asylum.apply", "since": "2026-11-22"},
        {"key": "work.rights", "since": "2026-11-22"},
    ]
    # What never was published is not gone, and pages count both kinds.
    first = await changed(limit=2)
    assert [each["key"] for each in first["gone"]] == ["asylum.apply"]
    assert first["next"] == "safety.child_risk"
    rest = await changed(limit=2, after=first["next"])
    assert [each["key"] for each in rest["gone"]] == ["work.rights"]
    assert rest["next"] is None
    naive = await client.get("/answers?changed_since=2026-11-22T10:00:00")
    assert naive.status_code == 422


async def test_an_unchanged_page_is_not_sent_again(partner: Partner) -> None:
    await partner.desk.verify()
    client = await partner.client_for(*READING)
    for path in ("/answers", "/services", "/services/hsds"):
        first = await client.get(path)
        assert first.headers["cache-control"] == "private, no-cache"
        assert first.headers["vary"] == "Authorization"
        etag = first.headers["etag"]
        for mark in (etag, f"W/{etag}", f'"other", {etag}', "*"):
            again = await client.get(path, headers={"If-None-Match": mark})
            assert (again.status_code, again.content) == (304, b"")
            assert again.headers["etag"] == etag
        other = await client.get(path, headers={"If-None-Match": '"other"'})
        assert other.status_code == 200
    etag = (await client.get("/answers")).headers["etag"]
    await withdraw(partner, "asylum.apply")
    after = await client.get("/answers", headers={"If-None-Match": etag})
    assert (after.status_code, after.json()["items"]) == (200, [])


async def test_services_come_with_what_the_desk_says_now(each_partner: Partner) -> None:
    await verify_services(each_partner, "near", "country")
    client = await each_partner.client_for(*READING)
    page = await client.get("/services")
    assert keys(page) == ["country", "near"]
    near = page.json()["items"][1]
    assert near["area"] == {"code": "150132", "name": "San Juan de Lurigancho"}
    assert near["is_confirmed"] is True
    assert (near["condition"], near["openness"]) == (None, "unknown")
    assert "notes" not in near
    clock, desk = each_partner.clock, each_partner.desk
    clock.advance(timedelta(minutes=5))
    since = clock.now().isoformat()
    async with each_partner.database.write() as session:
        row = await desk.service(session, "near")
        until = clock.now() + timedelta(hours=5)
        await set_condition(session, row.id, Condition.CLOSED, until, desk.verifier, clock.now())
    page = await client.get("/services", params={"changed_since": since})
    assert keys(page) == ["near"]
    said = page.json()["items"][0]
    assert said["condition"]["condition"] == said["openness"] == "closed"
    assert said["condition"]["organisation"] == "Organisation of vera"
    clock.advance(timedelta(minutes=5))
    since = clock.now().isoformat()
    async with each_partner.database.write() as session:
        await end_condition(session, row.id, desk.verifier, clock.now())
    page = await client.get("/services", params={"changed_since": since})
    assert page.json()["items"][0]["condition"] is None


async def test_services_are_found_by_need_and_area(partner: Partner) -> None:
    await verify_services(partner, "near", "city", "border", "country")
    client = await partner.client_for(*READING)
    assert keys(await client.get("/services?area=1501")) == ["city", "country", "near"]
    assert keys(await client.get("/services?area=24&need=food")) == ["border"]
    paged = await client.get("/services?limit=2")
    assert (keys(paged), paged.json()["next"]) == (["border", "city"], "city")
    assert keys(await client.get("/services?limit=2&after=city")) == ["country", "near"]


async def test_the_address_of_a_hiding_place_does_not_leave(partner: Partner) -> None:
    await verify_services(partner, "near", "city")
    async with partner.database.write() as session:
        row = await partner.desk.service(session, "near")
        row.name = {"es": "Casa de acogida para mujeres"}
        row.address = "Calle Escondida 7"
    client = await partner.client_for(*READING)
    for path in ("/services", "/services/hsds"):
        page = await client.get(path)
        assert page.status_code == 200
        assert "Escondida" not in page.text
    assert keys(await client.get("/services")) == ["city"]


async def test_hsds_is_what_the_command_line_writes(partner: Partner) -> None:
    client = await partner.client_for(*READING)
    nothing = (await client.get("/services/hsds")).json()
    assert (nothing["total_items"], nothing["empty"]) == (0, True)
    await verify_services(partner, "near")
    page = (await client.get("/services/hsds?language=en")).json()
    assert [each["name"] for each in page["contents"]] == ["Service near"]
    assert page["contents"][0]["organization"]["name"] == "Organización"
    assert (await client.get("/services/hsds?language=xx")).status_code == 422


async def test_what_nobody_verified_is_told_by_a_demonstration_only_and_says_so(
    partner: Partner,
) -> None:
    async with partner.database.write() as session:
        await approve_demonstration(session, "cli", partner.clock.now())
    _, token = await partner.add_token(*READING)
    real = partner.client(token)
    assert topics(await real.get("/answers")) == keys(await real.get("/services")) == []
    app = make_app(partner.database, partner.clock, is_demonstration=True)
    async with open_client(app, token) as shown:
        answers = (await shown.get("/answers")).json()["items"]
        services = (await shown.get("/services")).json()["items"]
    assert len(answers) == 10
    assert {each["is_demonstration"] for each in (*answers, *services)} == {True}
    assert {each["is_confirmed"] for each in services} == {False}


async def test_a_filter_that_nobody_knows_is_refused(partner: Partner) -> None:
    """A slip such as `lang=es` must not bring everything."""
    client = await partner.client_for(*READING)
    for path in (
        "/answers?lang=es",
        "/services?needs=legal",
        "/services/hsds?lang=en",
        "/answers?topic=a.b&topic=c.d",
        "/answers?changed_since=0",
    ):
        assert (await client.get(path)).status_code == 422


@pytest.mark.parametrize(
    "query",
    [
        "after=%00",
        "topic=' OR 1=1",
        "changed_since=0001-01-01T00:00:00%2B14:00",
        "changed_since=9996-02-29T00:00:00-14:00",
        "area=%",
        "x=1",
    ],
)
async def test_strange_questions_break_nothing(each_partner: Partner, query: str) -> None:
    client = await each_partner.client_for(*READING)
    for path in ("/answers", "/services"):
        assert (await client.get(f"{path}?{query}")).status_code in (200, 422)


async def test_the_service_rows_are_read_as_they_stand(partner: Partner) -> None:
    """Also what an older import left without a field that came later."""
    await verify_services(partner, "near")
    async with partner.database.write() as session:
        row = await partner.desk.service(session, "near")
        service = await session.get_one(Service, row.id)
        service.source = {"name": "Diario", "date": 2024, "confidence": "low"}
    client = await partner.client_for(*READING)
    assert (await client.get("/services")).json()["items"][0]["source"]["date"] == "2024"
