"""A whole conversation with the real adapters, and everything that goes wrong; then every byte that
was printed or stored is searched for what must not be there (INV-9, SEC-90, SEC-91)."""

import json
import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.channels.whatsapp import STATUS_PATH
from hub.app.hub import Hub
from hub.app.settling import Settling
from hub.clock import ManualClock
from hub.vault import Vault
from tests.app.conftest import make_hub
from tests.app.web import client_of, from_telegram, from_twilio, twilio_text
from tests.bot.canaries import find_in_bytes, find_in_files, find_in_tables
from tests.bot.channels.requests import WEBHOOK_SECRET, telegram_payload, whatsapp_payload
from tests.bot.understanders import Failing, understood, with_understanding
from tests.bot.words import keep_house
from tests.chat import run_until_quiet
from tests.hub.logging_state import logging_of_a_process
from tests.servers.faults import FaultKind
from tests.servers.telegram import TOKEN, TelegramServer
from tests.servers.twilio import AUTH_TOKEN, TwilioServer

PHONE = "+51987004321"
CHAT = 7_123_456_789
NAME = "Anselmo Canario"
TEXT = "canario mi cédula es V-12.345.678"
POISON = "canario que hace fallar"
LATITUDE, LONGITUDE = -12.0464321, -77.0428765
CANARIES = [
    *(PHONE, PHONE[1:], PHONE[-9:], str(CHAT), NAME, "Canario", "canario", "V-12.345.678"),
    *("12.0464", "77.0428", TOKEN, TOKEN.split(":")[1], AUTH_TOKEN, WEBHOOK_SECRET),
]


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as server:
        yield server


@pytest.fixture
async def twilio(clock: ManualClock) -> AsyncIterator[TwilioServer]:
    async with TwilioServer() as server:
        server.now = clock.now
        server.behaviour.statuses = ()
        yield server


@pytest.fixture
async def hub(
    prepared: Path,
    tmp_path: Path,
    vault: Vault,
    clock: ManualClock,
    telegram: TelegramServer,
    twilio: TwilioServer,
) -> AsyncIterator[Hub]:
    """Both channels in front of their servers, content behind; some messages raise."""
    shutil.copy(prepared, tmp_path / "chasqui.db")
    bases = {"telegram_api_base": telegram.url, "twilio_api_base": twilio.url}
    url = f"sqlite:///{tmp_path}/chasqui.db"
    made = await make_hub(url, vault, clock, tmp_path, **bases)
    answer = understood("utter_answer", ("asylum.apply", 0.9), slots={"topic": "asylum.apply"})
    made = with_understanding(made, Failing(answer, is_poison=lambda text: POISON in text))
    await made.open()
    yield made
    await made.close()


class Person:
    """Somebody who writes on both channels; `update` numbers Telegram's."""

    def __init__(self, hub: Hub, web: httpx.AsyncClient) -> None:
        self.hub, self.web, self.number = hub, web, 0

    async def on_telegram(self, name: str = "text", **message: Any) -> None:
        self.number += 1
        update = {**telegram_payload(name), "update_id": self.number}
        holder = update.get("message") or update["callback_query"]["message"]
        holder.update(message)
        holder["date"] = int(self.hub.clock.now().timestamp())
        holder["chat"].update({"id": CHAT, "first_name": NAME})
        holder.setdefault("from", {}).update({"id": CHAT, "first_name": NAME})
        assert (await from_telegram(self.web, update)).status_code == 200
        await run_until_quiet(self.hub)

    async def on_whatsapp(self, **fields: str) -> None:
        self.number += 1
        values = {"From": f"whatsapp:{PHONE}", "WaId": PHONE[1:], "ProfileName": NAME, **fields}
        said = twilio_text(f"SM{self.number:032}", **values)
        assert (await from_twilio(self.web, said)).status_code == 200
        await run_until_quiet(self.hub)


async def converse(person: Person) -> None:
    for text in (TEXT, "mi esposo me pega, " + TEXT, "AVISOS", "1", "MIS DATOS"):
        await person.on_telegram(text=text)
        await person.on_whatsapp(Body=text)
    await person.on_telegram("location", location={"latitude": LATITUDE, "longitude": LONGITUDE})
    await person.on_whatsapp(Body="", Latitude=str(LATITUDE), Longitude=str(LONGITUDE))
    await person.on_telegram("contact", contact={"phone_number": PHONE, "first_name": NAME})
    await person.on_telegram("caption", caption=TEXT)
    await person.on_telegram("callback_query")


async def go_wrong(person: Person, telegram: TelegramServer, twilio: TwilioServer) -> None:
    """Each failure repeats what it was given, as providers do in their error texts."""
    blaming = {"ok": False, "error_code": 400, "description": f"Bad Request: {CHAT} {TEXT}"}
    telegram.misbehave(FaultKind.STATUS, status=400, body=blaming)
    await person.on_telegram(text=TEXT)
    for kind in (FaultKind.RESET_AFTER, FaultKind.HTML):
        telegram.misbehave(kind)
        await person.on_telegram(text=TEXT)
    refusing = {"code": 21211, "message": f"Invalid 'To' {PHONE}", "status": 400}
    twilio.misbehave(FaultKind.STATUS, status=400, body=refusing)
    await person.on_whatsapp(Body=TEXT)
    twilio.misbehave(FaultKind.RESET_AFTER)
    await person.on_whatsapp(Body=TEXT)
    for _ in range(4):
        await person.on_telegram(text=POISON)
        await person.on_whatsapp(Body=POISON)
        person.hub.clock.advance(timedelta(minutes=1))  # type: ignore[attr-defined]
        await run_until_quiet(person.hub)


async def be_forged_and_malformed(person: Person) -> None:
    text = json.dumps({"text": TEXT, "phone": PHONE}).encode()
    await person.web.post("/webhooks/telegram", content=text)
    await person.web.post("/webhooks/twilio", content=f"From={PHONE}&Body={TEXT}".encode())
    await from_telegram(person.web, text)
    await from_telegram(person.web, b"{" + text)
    await from_twilio(person.web, twilio_text(From=NAME, Body=TEXT))
    await from_twilio(person.web, whatsapp_payload("status_failed"), STATUS_PATH, f"d={PHONE}")
    await person.web.get(f"/{PHONE}?text={TEXT}")


async def settle(hub: Hub) -> None:
    for channel in hub.channels.values():
        await Settling(hub.lanes, channel, hub.clock).step()


async def live(hub: Hub, telegram: TelegramServer, twilio: TwilioServer) -> str:
    """Everything that can happen; returns what operators are shown."""
    async with client_of(hub, address="127.0.0.1") as web:
        person = Person(hub, web)
        await converse(person)
        await go_wrong(person, telegram, twilio)
        await be_forged_and_malformed(person)
        hub.clock.advance(timedelta(minutes=5))  # type: ignore[attr-defined]
        await settle(hub)
        await keep_house(hub)
        return (await web.get("/metrics")).text + (await web.get("/readyz")).text


async def test_nothing_that_is_printed_or_stored_names_anybody(
    hub: Hub,
    tmp_path: Path,
    telegram: TelegramServer,
    twilio: TwilioServer,
    capfd: pytest.CaptureFixture[str],
) -> None:
    with logging_of_a_process():
        shown = await live(hub, telegram, twilio)
    printed = capfd.readouterr()
    logged = printed.out + printed.err
    assert find_in_bytes(logged.encode(), CANARIES) == []
    assert find_in_bytes(shown.encode(), CANARIES) == []
    assert await find_in_tables(hub.database, CANARIES) == []
    assert find_in_files(tmp_path, CANARIES) == []
    events = {json.loads(line)["event"] for line in logged.splitlines()}
    assert {"turn_failed", "send_failed", "webhook_refused", "webhook_unreadable"} <= events
    assert len(telegram.sent_to(CHAT)) > 5
    assert len(twilio.sent_to(PHONE)) > 5


@pytest.mark.parametrize("canary", CANARIES)
def test_the_search_finds_each_of_them(canary: str) -> None:
    """What the test above looks for would be found, also inside other text and coded."""
    for written in (f"x{canary}y", json.dumps({"a": canary}), canary.upper()):
        assert find_in_bytes(written.encode(), [canary])
