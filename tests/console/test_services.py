"""The services pages: who confirms what, what the bot says of it, and how it is withdrawn."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from html import unescape

import pytest

from bot import service_phrases
from content.review import WithdrawalReason, approve_demonstration
from content.services import ServiceBook
from content.states import State
from hub.i18n import Phrases
from hub.staff.roles import Role
from tests.console.conftest import Client, ConsoleHarness
from tests.console.services import LIST, find_ids, import_services, read_service
from tests.console.test_hostile_text import HOSTILE, find_harm
from tests.content.packs import LIMA, make_service

UNTIL = "2027-03-01"


async def _verifier(console: ConsoleHarness, *groups: str) -> Client:
    await console.add_staff("vera", Role.VERIFIER, sub_groups=groups or ("integration",))
    return await console.sign_in("vera")


async def _verify_fields(client: Client, service_id: str) -> dict[str, str]:
    page = (await client.get(f"/services/{service_id}")).text
    found = re.search(r'name="hash" value="([0-9a-f]{64})"', page)
    assert found
    return {"hash": found[1], "valid_until": UNTIL}


async def _verify(client: Client, service_id: str) -> None:
    fields = await _verify_fields(client, service_id)
    answer = await client.act(f"/services/{service_id}/verify", **fields)
    assert answer.status_code == 303, answer.text


async def _listed(client: Client, query: str = "") -> set[str]:
    page = (await client.get(f"/services{query}")).text
    return set(re.findall(r'class="row-link"[^>]*><bdi dir="auto">([^<]+)<', page))


def _said(page: str) -> dict[str, str]:
    """What the page shows as the bot's words, by language."""
    found = re.findall(r'class="words" lang="(\w+)"><bdi dir="auto">(.*?)</bdi>', page, re.DOTALL)
    return {language: unescape(text) for language, text in found}


async def test_what_a_pack_brought_is_told_once_a_second_person_confirmed_it(
    console: ConsoleHarness,
) -> None:
    # SEC-27, HUM-25
    ids = await import_services(console)
    book = ServiceBook(console.database, console.clock, LIMA)
    assert await book.find_services("legal", "150132", "en") == []
    client = await _verifier(console)
    await _verify(client, ids["near"])
    row = await read_service(console, ids["near"])
    assert (row.state, row.verified_by) == (State.APPROVED, console.ids["vera"])
    assert str(row.valid_until) == UNTIL
    [told] = await book.find_services("legal", "150132", "en")
    assert (told.key, told.is_confirmed) == ("near", True)
    assert "Confirmed. The bot tells it from now on." in (await client.get("/account")).text


async def test_the_page_shows_the_message_that_people_get(console: ConsoleHarness) -> None:
    ids = await import_services(console)
    client = await _verifier(console)
    before = _said((await client.get(f"/services/{ids['near']}")).text)
    await _verify(client, ids["near"])
    assert _said((await client.get(f"/services/{ids['near']}")).text) == before
    bot = Phrases("bot", ("es", "en", "ht"))
    book = ServiceBook(console.database, console.clock, LIMA)
    for language in ("es", "en", "ht"):
        told = await book.find_services("legal", "150132", language)
        text = service_phrases.services(bot.for_language(language), told, "San Juan de Lurigancho")
        assert before[language] == text
    assert list(before) == ["es", "en", "pt", "fr", "ht"]
    assert "Confirm before you go" not in before["en"]


async def test_a_demonstration_shows_that_nobody_confirmed(console: ConsoleHarness) -> None:
    ids = await import_services(console)
    async with console.database.write() as session:
        await approve_demonstration(session, "cli", console.clock.now())
    client = await _verifier(console)
    page = (await client.get(f"/services/{ids['near']}")).text
    assert "Information of 2024-03. Confirm before you go." in _said(page)["en"]
    assert "demonstration, verified by nobody" in page
    assert "Nobody yet" in page


async def test_everything_on_record_is_shown(console: ConsoleHarness) -> None:
    ids = await import_services(console)
    client = await console.sign_in_as(Role.READER)
    page = (await client.get(f"/services/{ids['near']}")).text
    record = page.split('id="record"')[1].split("</dl>")[0]
    for shown in (
        "Oficina de Breña",
        "Office of Breña",
        "Organización",
        "Legal help",
        "San Juan de Lurigancho, Lima, Lima (región)",
        "Av. España 734",
        "(01) 200-1000",
        "Lunes a viernes",
        "Monday to Friday",
        "Ring the bell.",
        "https://example.org/s",
        "2024-03",
        "Low",
        "Integration",
    ):
        assert shown in record, shown
    for act in ("/verify", "/withdraw", "/recheck"):
        assert act not in page
    assert "Whole country" in (await client.get(f"/services/{ids['line']}")).text


async def test_a_change_after_the_page_was_read_voids_the_confirmation(
    console: ConsoleHarness,
) -> None:
    # SEC-27, PEER-10
    ids = await import_services(console)
    client = await _verifier(console)
    fields = await _verify_fields(client, ids["near"])
    changed = await import_services(console, [replace(LIST[0], phone="999")])
    for service_id in (ids["near"], changed["near"]):
        answer = await client.act(f"/services/{service_id}/verify", **fields)
        assert answer.status_code == 409
    assert (await read_service(console, changed["near"])).state == State.IN_REVIEW
    assert (await read_service(console, ids["near"])).state == State.WITHDRAWN


async def test_another_sub_group_cannot_confirm_it_but_may_withdraw_it(
    console: ConsoleHarness,
) -> None:
    # SEC-26: object level
    ids = await import_services(console)
    client = await _verifier(console, "protection")
    page = (await client.get(f"/services/{ids['near']}")).text
    assert "Only the sub-group Integration verifies" in page
    row = await read_service(console, ids["near"])
    address = f"/services/{row.id}"
    answer = await client.act(f"{address}/verify", hash=row.hash, valid_until=UNTIL)
    assert answer.status_code == 409
    answer = await client.act(f"{address}/withdraw", reason="unsafe")
    assert answer.status_code == 303


async def test_confirming_wants_a_fresh_sign_in_and_comes_back_to_the_page(
    console: ConsoleHarness,
) -> None:
    # SEC-28
    ids = await import_services(console)
    client = await _verifier(console)
    fields = await _verify_fields(client, ids["near"])
    console.clock.advance(timedelta(minutes=11))
    address = f"/services/{ids['near']}"
    assert "Confirm that it is me" in (await client.get(address)).text
    answer = await client.act(f"{address}/verify", **fields)
    assert answer.headers["location"].endswith(f"next=%2Fconsole%2Fservices%2F{ids['near']}")
    assert (await read_service(console, ids["near"])).state == State.IN_REVIEW


@pytest.mark.parametrize("day", ["", "2026-11-21", "soon"])
async def test_a_validity_that_is_over_or_no_day_is_explained(
    console: ConsoleHarness, day: str
) -> None:
    ids = await import_services(console)
    client = await _verifier(console)
    fields = {**await _verify_fields(client, ids["near"]), "valid_until": day}
    answer = await client.act(f"/services/{ids['near']}/verify", **fields)
    assert answer.status_code == 422
    assert "Choose a day from today on" in answer.text
    assert 'value="2027-05-21"' in (await client.get(f"/services/{ids['near']}")).text


@pytest.mark.parametrize("reason", list(WithdrawalReason))
async def test_a_withdrawn_service_is_told_no_more_and_says_why(
    console: ConsoleHarness, reason: WithdrawalReason
) -> None:
    # INV-11
    ids = await import_services(console)
    client = await _verifier(console)
    await _verify(client, ids["near"])
    address = f"/services/{ids['near']}"
    answer = await client.act(f"{address}/withdraw", reason=reason, comment="Shut <b>since</b> May")
    assert answer.headers["location"] == f"/console{address}"
    book = ServiceBook(console.database, console.clock, LIMA)
    assert await book.find_services("legal", "150132", "en") == []
    page = (await client.get(address)).text
    notice = page.split('role="note"')[1].split("</div>")[0]
    assert len(re.sub(r"<[^>]+>", "", notice).strip()) > 10
    assert "Shut &lt;b&gt;since&lt;/b&gt; May" in page
    acts = re.findall(r"<li><strong>([^<]+)</strong>", page.split('class="timeline"')[1])
    assert acts[:3] == ["Out of use", "Confirmed", "Brought by the content pack"]


@pytest.mark.parametrize(
    ("fields", "phrase"),
    [
        ({}, "Choose why it is withdrawn"),
        ({"reason": "whim"}, "Choose why it is withdrawn"),
        ({"reason": "closed", "comment": "x" * 501}, "at most 500 characters"),
    ],
)
async def test_withdrawing_needs_a_reason(
    console: ConsoleHarness, fields: dict[str, str], phrase: str
) -> None:
    ids = await import_services(console)
    client = await _verifier(console)
    answer = await client.act(f"/services/{ids['near']}/withdraw", **fields)
    assert answer.status_code == 422
    assert phrase in answer.text
    assert fields.get("comment", "") in answer.text
    assert (await read_service(console, ids["near"])).state == State.IN_REVIEW


async def test_what_expired_is_told_again_after_two_people_looked_at_it(
    console: ConsoleHarness,
) -> None:
    # PEER-10, HUM-25
    ids = await import_services(console)
    await _verify(await _verifier(console), ids["near"])
    console.clock.advance(timedelta(days=100))
    await console.add_staff("ana", Role.AUTHOR, Role.VERIFIER, sub_groups=("integration",))
    author = await console.sign_in("ana")
    page = (await author.get(f"/services/{ids['near']}")).text
    assert "The bot no longer tells this service" in page
    answer = await author.act(f"/services/{ids['near']}/recheck")
    again = (await find_ids(console))["near"]
    assert answer.headers["location"] == f"/console/services/{again}" != f"/services/{ids['near']}"
    assert "so somebody else gives it" in (await author.get(f"/services/{again}")).text
    assert (await author.act(f"/services/{ids['near']}/recheck")).status_code == 409
    row = await read_service(console, again)
    own = await author.act(f"/services/{again}/verify", hash=row.hash, valid_until="2027-06-01")
    assert own.status_code == 409
    verifier = await console.sign_in("vera")
    fields = {**await _verify_fields(verifier, again), "valid_until": "2027-06-01"}
    assert (await verifier.act(f"/services/{again}/verify", **fields)).status_code == 303
    book = ServiceBook(console.database, console.clock, LIMA)
    told = await book.find_services("legal", "1501", "en")
    assert [(one.key, one.version) for one in told] == [("near", 2)]


async def test_the_list_is_filtered(console: ConsoleHarness) -> None:
    await import_services(console)
    client = await console.sign_in_as(Role.READER)
    near, border, line = "Office of Breña", "Service border", "Service line"
    for query, found in (
        ("", {near, border, line}),
        ("?need=food", {border}),
        ("?area=15", {near}),
        ("?area=24", {border}),
        ("?area=country", {line}),
        ("?state=in_review", {near, border, line}),
        ("?state=approved", set()),
        ("?owner=protection", {border}),
        ("?q=brena", {near}),  # without the tilde
        ("?q=timbre", {near}),
        ("?q=aguas+verdes", {border}),
        ("?q=line+100", {line}),
        ("?q=brena&need=food", set()),
        ("?q=%25", set()),
        ("?page=99", set()),
        ("?page=x&need=%00", {near, border, line}),
    ):
        assert await _listed(client, query) == found, query
    assert "No service matches" in (await client.get("/services?q=nothing")).text


async def test_a_long_list_keeps_its_filters_over_pages(console: ConsoleHarness) -> None:
    await import_services(console, [make_service(f"s{number:02}", "24") for number in range(30)])
    client = await console.sign_in_as(Role.READER)
    page = (await client.get("/services?need=legal&q=service")).text
    assert "30 services" in page
    following = re.search(r'rel="next" href="/console([^"]+)"', page)
    assert following
    rest = await _listed(client, unescape(following[1]).removeprefix("/services"))
    assert rest == {f"Service s{number}" for number in range(25, 30)}


async def test_the_list_tells_what_is_confirmed_and_when(console: ConsoleHarness) -> None:
    ids = await import_services(console)
    client = await _verifier(console)
    await _verify(client, ids["near"])
    rows = (await client.get("/services")).text.split("<tr>")
    [near] = [row for row in rows if "Office of Breña" in row]
    [border] = [row for row in rows if "Service border" in row]
    assert "22 Nov 2026" in near
    assert "In use" in near
    assert "2024-03" in near
    assert "1 Mar 2027" in near
    assert "In review" in border
    assert '<div class="cell-body">No</div>' in border


async def test_old_versions_are_found_by_their_state_only(console: ConsoleHarness) -> None:
    await import_services(console)
    await import_services(console, [replace(LIST[0], names={"es": "Nueva", "en": "New office"})])
    client = await console.sign_in_as(Role.READER)
    assert "Office of Breña" not in await _listed(client)
    assert await _listed(client, "?state=withdrawn") == {"Office of Breña"}


async def test_what_ends_within_two_weeks_is_on_its_owners_list(console: ConsoleHarness) -> None:
    # HUM-40
    ids = await import_services(console)
    client = await _verifier(console)
    await _verify(client, ids["near"])  # holds until 2027-03-01, fourteen days from 2027-02-15
    last_day = datetime.fromisoformat(f"{UNTIL}T12:00:00+00:00")
    console.clock.advance(last_day - timedelta(days=15) - console.clock.now())
    client = await console.sign_in("vera")
    assert await _listed(client, "?state=due") == set()
    assert "Services that end soon" not in (await client.get("/")).text
    console.clock.advance(timedelta(days=1))
    client = await console.sign_in("vera")
    assert await _listed(client, "?state=due") == {"Office of Breña"}
    assert "Ends soon" in (await client.get("/services")).text
    home = unescape((await client.get("/")).text)
    assert "Services that end soon" in home
    assert "/services?state=due&owner=integration" in home
    await console.add_staff("other", Role.VERIFIER, sub_groups=("protection",))
    elsewhere = await console.sign_in("other")
    assert "Services that end soon" not in (await elsewhere.get("/")).text
    console.clock.advance(timedelta(days=15))
    client = await console.sign_in("vera")
    assert await _listed(client, "?state=due") == set()
    assert await _listed(client, "?state=expired") == {"Office of Breña"}


async def test_the_home_page_counts_what_waits_for_me(console: ConsoleHarness) -> None:
    ids = await import_services(console)
    client = await _verifier(console)

    async def cards() -> dict[str, int]:
        page = (await client.get("/")).text
        found = re.findall(r'tile-count">(\d+)</span><span class="tile-title">([^<]+)', page)
        return {title: int(count) for count, title in found}

    assert (await cards())["Services to verify"] == 2  # the third is of another sub-group
    assert (await cards()).keys().isdisjoint({"Services that expired", "Services the bot tells"})
    await _verify(client, ids["near"])
    assert ((await cards())["Services to verify"], (await cards())["Services the bot tells"]) == (
        1,
        1,
    )
    await console.add_staff("protector", Role.VERIFIER)
    other = await console.sign_in("protector")
    page = (await other.get("/")).text
    assert "Answers to verify" in page
    assert "Services to verify" in page
    console.clock.advance(timedelta(days=100))
    client = await console.sign_in("vera")
    assert (await cards())["Services that expired"] == 1


@pytest.mark.parametrize("text", HOSTILE)
async def test_hostile_text_makes_no_element_and_no_attribute(
    console: ConsoleHarness, text: str
) -> None:
    # SEC-42
    both = {"es": text, "en": text}
    hostile = make_service(
        "bad",
        "24",
        organisation=text,
        names=both,
        address=text,
        phone=text,
        hours=both,
        cost=both,
        notes=both,
        source={"name": text, "url": text, "date": text, "confidence": text},
    )
    ids = await import_services(console, [hostile])
    await console.add_staff("vera", *Role, sub_groups=("integration",))
    client = await console.sign_in("vera")
    for path in ("/services", f"/services?q={text}&need={text}", f"/services/{ids['bad']}"):
        assert not find_harm((await client.get(path)).text), path
    await client.act(f"/services/{ids['bad']}/withdraw", reason="unsafe", comment=text)
    assert not find_harm((await client.get(f"/services/{ids['bad']}")).text)


async def test_an_unknown_service_is_not_found(console: ConsoleHarness) -> None:
    client = await console.sign_in_as(Role.VERIFIER)
    assert (await client.get("/services/nothing")).status_code == 404
    answer = await client.act("/services/nothing/verify", hash="", valid_until=UNTIL)
    assert answer.status_code == 409
