"""Services from a spreadsheet: what it would change is shown first, and somebody else verifies."""

import csv
import io
import re
import zipfile
from collections.abc import Callable
from html import unescape

import httpx
from openpyxl import load_workbook

from content.states import State
from hub.staff.roles import Role
from tests.console.conftest import SAME_SITE, Client, ConsoleHarness
from tests.console.services import find_ids, import_services, read_service

PAGE = "/services/import"
Rows = list[dict[str, str]]


async def _ana(console: ConsoleHarness, language: str = "en") -> Client:
    """Somebody who may write and verify, so that only the rule of two stands in their way."""
    roles = (Role.AUTHOR, Role.VERIFIER)
    groups = ("integration", "protection")
    await console.add_staff("ana", *roles, sub_groups=groups, language=language)
    return await console.sign_in("ana")


async def _upload(client: Client, raw: bytes, name: str = "services.csv") -> httpx.Response:
    fields = await client.hidden(PAGE)
    files = {"sheet": (name, raw)}
    at = f"/console{PAGE}/check"
    return await client.http.post(at, data=fields, files=files, headers=SAME_SITE)


async def _edited(client: Client, edit: Callable[[Rows], None]) -> bytes:
    """The sheet as the page gives it, edited and saved again."""
    text = (await client.get(f"{PAGE}/services.csv")).content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    edit(rows)
    file = io.StringIO()
    writer = csv.DictWriter(file, fieldnames=rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue().encode()


def _row(rows: Rows, key: str) -> dict[str, str]:
    return next(row for row in rows if row["key"] == key)


def _carried(page: str) -> dict[str, str]:
    names = ("csrf", "form_id", "sheet", "proof")
    found = {name: re.search(rf'name="{name}" value="([^"]*)"', page) for name in names}
    return {name: unescape(one[1]) for name, one in found.items() if one}


def _new_phone(rows: Rows) -> None:
    _row(rows, "near")["phone"] = "01 555 1234"


def _new_place(rows: Rows) -> None:
    more = {"key": "second_office", "name.es": "Segunda oficina", "name.en": "Second office"}
    rows.append({**_row(rows, "near"), **more})


async def test_a_sheet_is_shown_then_proposed_and_somebody_else_verifies(
    console: ConsoleHarness,
) -> None:
    # PEER-10
    before = await import_services(console)
    ana = await _ana(console)

    def edit(rows: Rows) -> None:
        _new_phone(rows)
        _new_place(rows)

    shown = await _upload(ana, await _edited(ana, edit))
    assert shown.status_code == 200, shown.text
    old = (await read_service(console, before["near"])).phone or ""
    for said in (old, "01 555 1234", "Second office"):
        assert said in shown.text
    counts = re.findall(r"</dt><dd>(\d+)</dd>", shown.text)
    assert counts == ["1", "1", "2", "0"]  # new, changed, as they were, left alone
    assert await find_ids(console) == before
    done = await ana.post(f"{PAGE}/accept", **_carried(shown.text))
    assert done.status_code == 303, done.text
    ids = await find_ids(console)
    assert ids.keys() - before.keys() == {"second_office"}
    await console.add_staff("vera", Role.VERIFIER, sub_groups=("integration",))
    vera = await console.sign_in("vera")
    for key in ("near", "second_office"):
        row = await read_service(console, ids[key])
        assert row.state == State.IN_REVIEW
        assert console.ids["ana"] in {row.author, *row.edited_by}
        at, fields = f"/services/{row.id}/verify", {"hash": row.hash, "valid_until": "2027-03-01"}
        assert (await ana.act(at, **fields)).status_code == 409
        assert (await vera.act(at, **fields)).status_code == 303
    assert (await read_service(console, ids["near"])).phone == "01 555 1234"


async def test_the_sheet_as_it_was_given_changes_nothing(console: ConsoleHarness) -> None:
    await import_services(console)
    ana = await _ana(console)
    for name in ("services.xlsx", "services.csv"):
        given = (await ana.get(f"{PAGE}/{name}")).content
        shown = await _upload(ana, given, name)
        assert shown.status_code == 200, shown.text
        assert "The sheet changes nothing" in shown.text
        assert f"{PAGE}/accept" not in shown.text
    book = load_workbook(io.BytesIO((await ana.get(f"{PAGE}/services.xlsx")).content))
    assert book.sheetnames == ["services"]


async def test_what_is_proposed_is_exactly_what_was_shown(console: ConsoleHarness) -> None:
    # PEER-10, SEC-50
    before = await import_services(console)
    ana = await _ana(console)
    shown = await _upload(ana, await _edited(ana, _new_phone))
    other = await _upload(ana, await _edited(ana, _new_place))
    mixed = {**_carried(shown.text), "sheet": _carried(other.text)["sheet"]}
    assert (await ana.post(f"{PAGE}/accept", **mixed)).status_code == 409
    await console.add_staff("zoe", Role.AUTHOR)
    zoe = await console.sign_in("zoe")
    borrowed = {**_carried(shown.text), **await zoe.hidden(PAGE)}
    assert (await zoe.post(f"{PAGE}/accept", **borrowed)).status_code == 409
    assert await find_ids(console) == before
    # Somebody else was quicker.
    theirs = await _upload(
        zoe, await _edited(zoe, lambda rows: _row(rows, "near").update(phone="1"))
    )
    assert (await zoe.post(f"{PAGE}/accept", **_carried(theirs.text))).status_code == 303
    late = await ana.post(f"{PAGE}/accept", **_carried(shown.text))
    assert late.status_code == 409
    assert (await read_service(console, before["near"])).phone == "1"


async def test_what_others_wrote_or_withdrew_is_left_alone(console: ConsoleHarness) -> None:
    ids = await import_services(console)
    ana = await _ana(console)

    def edit(rows: Rows) -> None:
        for row in rows:
            row["phone"] = "9"

    old = await _edited(ana, edit)
    await ana.act(f"/services/{ids['border']}/withdraw", reason="closed", comment="")
    await console.add_staff("zoe", Role.AUTHOR)
    zoe = await console.sign_in("zoe")
    theirs = await _upload(zoe, await _edited(zoe, _new_phone))
    await zoe.post(f"{PAGE}/accept", **_carried(theirs.text))
    shown = await _upload(ana, old)
    assert re.findall(r"</dt><dd>(\d+)</dd>", shown.text) == ["0", "1", "0", "2"]
    assert "a newer version waits" in shown.text
    assert "it was withdrawn" in shown.text


async def test_errors_name_row_and_column_and_nothing_is_taken(console: ConsoleHarness) -> None:
    before = await import_services(console)
    ana = await _ana(console, "es")

    def spoil(rows: Rows) -> None:
        rows[0].update({"name.en": "", "area": "999999", "phone": "1" * 81})
        rows[1].update({"owner": ""})

    def break_rules(rows: Rows) -> None:
        rows[0].update({"name.en": "", "area": "999999"})

    for edit, said in (
        (spoil, ("Fila 2", "phone", "Fila 3", "owner")),
        (break_rules, ("area", "name")),
    ):
        shown = await _upload(ana, await _edited(ana, edit))
        assert shown.status_code == 422
        faults = shown.text[shown.text.index('id="faults"') :]
        assert all(one in faults for one in said), faults
        assert "fill it" not in faults
        assert "/accept" not in shown.text
    assert await find_ids(console) == before


def _bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/worksheets/sheet1.xml", b"0" * (81 * 1024 * 1024))
    return file.getvalue()


def _formula(raw: bytes) -> bytes:
    book = load_workbook(io.BytesIO(raw))
    book["services"]["C2"].value = '=HYPERLINK("https://example.org")'
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


async def test_hostile_files_are_refused_in_plain_words(console: ConsoleHarness) -> None:
    # SEC-43, SEC-50
    await import_services(console)
    ana = await _ana(console, "es")
    good = (await ana.get(f"{PAGE}/services.xlsx")).content
    for raw, said in (
        (_bomb(), "demasiado grande"),
        (_formula(good), "fórmula"),
        (b"PK\x03\x04 nothing", "no es un libro XLSX"),
        (b"\xd0\xcf\x11\xe0\xff", "ni un CSV"),
        (b"key;owner\nx;y", "Faltan columnas"),
        (b"", "Elige un archivo"),
    ):
        shown = await _upload(ana, raw, '../<b>"x.xlsx')
        assert shown.status_code == 422, said
        assert said in shown.text
    large = await _upload(ana, b"x" * (3 * 1024 * 1024))
    assert large.status_code == 413


async def test_a_file_is_not_read_for_whom_it_is_not_for(console: ConsoleHarness) -> None:
    # SEC-26, SEC-50: the body would be refused as no form, were it read
    reader = await console.sign_in_as(Role.READER)
    headers = {**SAME_SITE, "Content-Type": "application/octet-stream"}
    at = f"/console{PAGE}/check"
    for client in (reader, console.client()):
        answer = await client.http.post(at, content=b"x" * 1000, headers=headers)
        assert answer.status_code == 403
    ana = await _ana(console)
    assert (await ana.http.post(at, content=b"x", headers=headers)).status_code == 400
    broken = {**SAME_SITE, "Content-Type": "multipart/form-data; boundary=x"}
    assert (await ana.http.post(at, content=b"--y nonsense", headers=broken)).status_code in (
        400,
        403,
    )
