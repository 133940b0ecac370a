"""Rasa over HTTP: its answers are read, its failures are failures, and no phone gives it orders."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rasa import RasaClient, harmless
from bot.understanding import (
    Breaker,
    Question,
    Response,
    Scored,
    Understander,
    UnderstandingError,
)
from hub.app.hub import Hub
from tests.app.rasa_server import GOOD, SECRET, RasaServer
from tests.bot.messages import message
from tests.bot.understanders import Scripted, understood, with_conversation
from tests.bot.words import messages

QUESTION = Question("person-1", "¿cómo pido refugio?", state={"form": "x"})
DEADLINE = 0.3


@pytest.fixture
async def server() -> AsyncIterator[RasaServer]:
    async with RasaServer() as running:
        yield running


@pytest.fixture
async def client(server: RasaServer) -> AsyncIterator[RasaClient]:
    made = RasaClient(server.url + "/", SECRET, 5.0)
    yield made
    await made.close()


async def test_a_good_answer_is_read(client: RasaClient, server: RasaServer) -> None:
    found = await client.understand(QUESTION)
    assert found.responses == (Response("utter_answer", {"topic": "asylum.apply"}),)
    assert (found.intent, found.confidence, found.engine) == ("asylum.apply", 0.9, "rasa")
    assert found.ranking == (Scored("asylum.apply", 0.9),)
    assert found.slots == {"need": "food"}
    assert found.state == {"form": None}


async def test_no_more_is_told_than_must_be(client: RasaClient, server: RasaServer) -> None:
    # SEC-65, SEC-66: an opaque sender, the text, our own choice and Rasa's own state
    await client.understand(QUESTION)
    chosen = replace(QUESTION, text="", intent="im.services_directory", slots={"need": "food"})
    await client.understand(chosen)
    assert server.asked == [
        {
            "sender": "person-1",
            "text": "¿cómo pido refugio?",
            "choice": None,
            "state": {"form": "x"},
        },
        {
            "sender": "person-1",
            "text": "",
            "choice": {"intent": "im.services_directory", "slots": {"need": "food"}},
            "state": {"form": "x"},
        },
    ]


def changed(**values: Any) -> bytes:
    return json.dumps({**GOOD, **values}).encode()


BAD = {
    "status 500": (500, b"{}"),
    "status 403": (403, b""),
    "status 204": (204, b""),
    "status 302": (302, b""),
    "no responses": (200, changed(responses=[])),
    "a list": (200, b"[]"),
    "nothing": (200, b""),
    "half": (200, json.dumps(GOOD).encode()[:40]),
    "not utf-8": (200, b'{"a": "\xff"}'),
    "html": (200, b"<html></html>"),
    "null": (200, b"null"),
    "deep": (200, b"[" * 200_000),
    "huge": (200, b'{"a": "' + b"x" * 2_000_000 + b'"}'),
    "no intent": (200, changed(intent=None)),
    "odd confidence": (200, changed(intent={"name": "x", "confidence": "high"})),
    "odd ranking": (200, changed(ranking=[1, 2])),
    "odd slots": (200, changed(slots=["need"])),
    "odd response": (200, changed(responses=["utter_answer"])),
    "missing state": (200, json.dumps({k: v for k, v in GOOD.items() if k != "state"}).encode()),
}


@pytest.mark.parametrize("name", BAD)
async def test_what_is_no_answer_is_a_failure(
    client: RasaClient, server: RasaServer, name: str
) -> None:
    # SEC-63, F-07, F-23: also a 200 without a response
    server.answers.append(BAD[name])
    with pytest.raises(UnderstandingError) as caught:
        await client.understand(QUESTION)
    assert "refugio" not in str(caught.value)


async def test_a_wrong_secret_is_a_failure(server: RasaServer) -> None:
    # SEC-60
    client = RasaClient(server.url, "wrong", 5.0)
    with pytest.raises(UnderstandingError, match="403"):
        await client.understand(QUESTION)
    await client.close()


async def test_nobody_there_is_a_failure() -> None:
    client = RasaClient("http://127.0.0.1:1", SECRET, 5.0)
    with pytest.raises(UnderstandingError):
        await client.understand(QUESTION)
    assert not await client.is_ready()
    await client.close()


async def test_the_deadline_is_kept(server: RasaServer) -> None:
    # SEC-64
    server.gate = asyncio.Event()
    client = RasaClient(server.url, SECRET, DEADLINE)
    started = asyncio.get_running_loop().time()
    with pytest.raises(UnderstandingError, match="too slow"):
        await client.understand(QUESTION)
    assert asyncio.get_running_loop().time() - started < DEADLINE + 2
    await client.close()


async def test_readiness(client: RasaClient, server: RasaServer) -> None:
    assert await client.is_ready()
    server.is_ready = False
    assert not await client.is_ready()


async def test_a_person_never_notices_that_rasa_fails(server: RasaServer) -> None:
    # INV-12, SEC-63, SEC-64: and after some failures it is left in peace for a while
    seconds = 0.0
    client = RasaClient(server.url, SECRET, 5.0)
    breaker = Breaker(3, 10, time=lambda: seconds)
    understander = Understander(client, Scripted(understood("utter_thanks")), breaker)
    server.answers.extend([(500, b"")] * 3)
    for _ in range(4):
        assert (await understander.understand(QUESTION)).engine == "fallback"
    assert len(server.asked) == 3
    seconds = 10.0
    assert (await understander.understand(QUESTION)).engine == "rasa"
    await client.close()


@pytest.mark.parametrize(
    "text",
    [
        "/restart",
        "/session_start",
        "  /restart",
        "\t/restart",
        "\n/restart",
        "\u00a0/restart",
        "\u3000/restart",
        "\u2028/restart",
        "\u200b/restart",
        "/\u200b/restart",
        "/\u00a0/restart",
        "／restart",
        "⁄restart",
        "∕restart",
        "⧸restart",
        "\\restart",
        "///restart",
        "/ / /restart",
        "/／∕restart",
        "\ufeff/restart",
        "\x00/restart",
        "\x85/restart",
        "\x1c/restart",
    ],
)
async def test_no_leading_slash_reaches_rasa(
    client: RasaClient, server: RasaServer, text: str
) -> None:
    # SEC-46
    await client.understand(replace(QUESTION, text=text))
    assert server.asked[0]["text"] in ("restart", "session_start")


@given(st.text(max_size=60))
def test_no_text_is_an_order_after_any_trimming(text: str) -> None:
    # SEC-46, SEC-71
    sent = harmless("/ " + text)
    assert not sent.strip().startswith("/")
    assert len(sent) <= 1000
    assert harmless(sent) == sent


def test_a_slash_inside_stays() -> None:
    assert harmless("¿SIS y/o EsSalud?") == "¿SIS y/o EsSalud?"
    assert len(harmless("a" * 5000)) == 1000


async def test_twenty_messages_of_one_person_come_in_order(
    hub: Hub, server: RasaServer, client: RasaClient
) -> None:
    # SEC-64, INV-7: one at a time, though many workers ask
    understander = Understander(client, Scripted(understood("utter_thanks")), Breaker(3, 10))
    hub = with_conversation(hub, replace(hub.conversation, understander=understander))
    texts = [f"pregunta número {number}" for number in range(20)]
    said = [message(hub, text=text, channel="telegram", address="7") for text in texts]
    for each in said:
        await hub.inbox.receive([each])

    async def work() -> None:
        while await hub.inbox.open_count():
            if not await hub.turns.step():
                await asyncio.sleep(0.001)

    await asyncio.gather(*(work() for _ in range(4)))
    assert [asked["text"] for asked in server.asked] == texts
    assert len({asked["sender"] for asked in server.asked}) == 1
    assert {row.state for row in await messages(hub)} == {"answered"}
