"""Services proposed in the console: a second person verifies, rules hold, what is told stays."""

import re
from html import unescape

import pytest

from content.services import ServiceBook
from content.states import State
from hub.staff.roles import Role
from tests.console.conftest import Client, ConsoleHarness
from tests.console.services import find_ids, import_services, read_service
from tests.console.test_hostile_text import HOSTILE, find_harm
from tests.content.packs import LIMA

NEW = {
    "organisation": "Municipalidad de Prueba",
    "area": "Breña, Lima",
    "address": "Av. Siempre Viva 123",
    "phone": "01 700 0000",
    "needs": "legal",
    "opening": "mon-fri 08:30-17:00",
    "owner": "integration",
    "rank": "50",
    "name_es": "Oficina nueva",
    "name_en": "New office",
    "hours_es": "Lunes a viernes, 8:30 a 17:00",
    "hours_en": "Monday to Friday, 8:30 to 17:00",
    "source_name": "La oficina misma",
    "source_date": "2026-11",
    "source_confidence": "high",
}


async def _both(console: ConsoleHarness) -> Client:
    """Somebody who may write and verify, so that only the rule of two stands in their way."""
    await console.add_staff("ana", Role.AUTHOR, Role.VERIFIER, sub_groups=("integration",))
    return await console.sign_in("ana")


async def _form_of(client: Client, path: str) -> dict[str, str]:
    """What the form holds when it is opened, as a browser would send it back."""
    page = (await client.get(path)).text
    page = page[page.index("<main") :]
    values = {
        name: unescape(value)
        for name, value in re.findall(r'<input[^>]* name="([^"]+)"[^>]* value="([^"]*)"', page)
        if name != "needs"
    }
    values |= {
        name: unescape(value).strip()
        for name, value in re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>([^<]*)<', page)
    }
    chosen = r'<select id="(\w+)".*?<option value="([^"]*)" selected'
    values |= dict(re.findall(chosen, page, re.DOTALL))
    found = re.search(r'name="needs" value="(\w+)" checked', page)
    return {**values, **({"needs": found[1]} if found else {})}


async def test_a_new_place_is_told_once_somebody_else_confirmed_it(console: ConsoleHarness) -> None:
    # PEER-10
    await import_services(console)
    ana = await _both(console)
    saved = await ana.act("/services/new/save", "/services/new", **NEW)
    assert saved.status_code == 303, saved.text
    ids = await find_ids(console)
    row = await read_service(console, ids["oficina_nueva"])
    assert (row.state, row.area_code, row.needs) == (State.IN_REVIEW, "150105", ["legal"])
    at = f"/services/{row.id}"
    assert (
        await ana.act(f"{at}/verify", hash=row.hash, valid_until="2027-03-01")
    ).status_code == 409
    await console.add_staff("vera", Role.VERIFIER, sub_groups=("integration",))
    vera = await console.sign_in("vera")
    done = await vera.act(f"{at}/verify", hash=row.hash, valid_until="2027-03-01")
    assert done.status_code == 303
    book = ServiceBook(console.database, console.clock, LIMA)
    assert "Oficina nueva" in {
        one.name for one in await book.find_services("legal", "150105", "es")
    }


async def test_a_correction_waits_beside_what_is_told(console: ConsoleHarness) -> None:
    # PEER-10
    ids = await import_services(console)
    await console.add_staff("vera", Role.VERIFIER, sub_groups=("integration",))
    vera = await console.sign_in("vera")
    row = await read_service(console, ids["near"])
    await vera.act(f"/services/{row.id}/verify", hash=row.hash, valid_until="2027-03-01")
    ana = await _both(console)
    edit = f"/services/{row.id}/edit"
    form = await _form_of(ana, edit)
    same = await ana.act(f"{edit}/save", edit, **form)
    assert same.status_code == 422
    changed = await ana.act(f"{edit}/save", edit, **{**form, "phone": "01 999 9999"})
    assert changed.status_code == 303, changed.text
    newest = await read_service(console, (await find_ids(console))["near"])
    assert (newest.version, newest.state, newest.phone) == (2, State.IN_REVIEW, "01 999 9999")
    assert newest.name == row.name
    assert (await read_service(console, row.id)).state == State.APPROVED


async def test_whoever_edits_what_waits_cannot_verify_it(console: ConsoleHarness) -> None:
    # PEER-10
    ids = await import_services(console)
    ana = await _both(console)
    edit = f"/services/{ids['near']}/edit"
    form = await _form_of(ana, edit)
    assert (await ana.act(f"{edit}/save", edit, **{**form, "rank": "7"})).status_code == 303
    row = await read_service(console, ids["near"])
    assert (row.version, row.rank, row.edited_by) == (1, 7, [console.ids["ana"]])
    at = f"/services/{row.id}"
    assert (
        await ana.act(f"{at}/verify", hash=row.hash, valid_until="2027-03-01")
    ).status_code == 409
    stale = await ana.act(f"{edit}/save", edit, **{**form, "rank": "8"})
    assert stale.status_code == 409


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"needs": "nothing"}, "needs"),
        ({"area": "Atlantis"}, "area"),
        ({"area": "999999"}, "area"),
        ({"name_en": ""}, "name_es"),
        ({"name_es": "x" * 91}, "name_es"),
        ({"opening": "lunes"}, "opening"),
        ({"name_es": "Albergue azul"}, "address"),
        ({"source_url": "javascript:alert(1)"}, "source_url"),
        ({"rank": "99999"}, "rank"),
        ({"owner": "nobody"}, "owner"),
        ({"organisation": ""}, "organisation"),
    ],
)
async def test_what_breaks_a_rule_comes_back_with_the_form(
    console: ConsoleHarness, change: dict[str, str], field: str
) -> None:
    await import_services(console)
    ana = await _both(console)
    answer = await ana.act("/services/new/save", "/services/new", **{**NEW, **change})
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert "Av. Siempre Viva 123" in answer.text
    assert len(await find_ids(console)) == 3


async def test_what_staff_write_stays_text(console: ConsoleHarness) -> None:
    # SEC-42
    await import_services(console)
    ana = await _both(console)
    for text in HOSTILE:
        fields = {**NEW, "organisation": text[:200], "address": text[:200], "rank": "x" + text[:5]}
        answer = await ana.act("/services/new/save", "/services/new", **{**fields, "area": text})
        assert find_harm(answer.text) == []


async def test_a_desk_says_what_is_so_today_in_three_presses(console: ConsoleHarness) -> None:
    ids = await import_services(console)
    await console.add_staff("vera", Role.VERIFIER, sub_groups=("integration",))
    row = await read_service(console, ids["near"])
    vera = await console.sign_in("vera")
    await vera.act(f"/services/{row.id}/verify", hash=row.hash, valid_until="2027-03-01")
    dora = await console.sign_in_as(Role.DESK)
    assert "/console/services/today" in (await dora.get("/")).text
    places = (await dora.get("/services/today?area=15")).text
    at = f"/services/{row.id}"
    assert f"/console{at}/today" in places
    assert ids["border"] not in places
    assert (await dora.get(f"/services/{ids['border']}/today")).status_code == 404
    form = await _form_of(dora, f"{at}/today")
    assert form["hours"] == "72"  # the last of the choices; the checked one is below
    assert 'value="4" checked' in (await dora.get(f"{at}/today")).text
    said = await dora.act(f"{at}/condition", f"{at}/today", hours="4", condition="closed")
    assert said.status_code == 303
    assert "Closed: nobody is attended" in (await dora.get("/services/today")).text
