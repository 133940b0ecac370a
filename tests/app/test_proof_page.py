"""The public page of a code: neutral, without cookies and scripts; only what holds is shown."""

from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import select, update

from content.answers import Answer
from content.models import Answer as AnswerRow
from content.rows import raise_revision
from content.states import State
from tests.app.test_headers_and_health import assert_strict
from tests.app.web import client_of
from tests.bot.words import LANGUAGES
from tests.chat import Chat

TOPIC = "asylum.apply"


@pytest.fixture
async def browser(chat: Chat) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(chat.hub) as client:
        yield client


async def find(chat: Chat, language: str = "es") -> Answer:
    found = await chat.hub.conversation.answers.find(TOPIC, language)
    assert isinstance(found, Answer)
    return found


def plain(page: str) -> str:
    return page.replace("&#39;", "'").replace("&#34;", '"').replace("&amp;", "&")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_code_shows_what_holds(
    chat: Chat, browser: httpx.AsyncClient, language: str
) -> None:
    found = await find(chat, language)
    page = await browser.get(f"/v/{found.code}", headers={"Accept-Language": f"{language}-XX,en"})
    assert page.status_code == 200
    assert f'<html lang="{language}">' in page.text
    assert found.text.strip() in plain(page.text)
    for step in found.steps:
        assert step.text in plain(page.text)


async def test_the_page_betrays_and_keeps_nothing(chat: Chat, browser: httpx.AsyncClient) -> None:
    # HUM-28
    found = await find(chat)
    page = await browser.get(f"/v/{found.code}")
    assert_strict(page)
    assert page.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert "set-cookie" not in page.headers
    assert "<script" not in page.text
    assert "<title>Información</title>" in page.text
    assert found.title not in page.text.split("<article")[0]
    assert "Salir de esta página" in page.text
    loaded = [part for part in ("src=", "@import", "<img", "<iframe") if part in page.text]
    assert loaded == []
    style = await browser.get("/v/proof.css")
    assert style.headers["content-type"].startswith("text/css")
    assert "url(" not in style.text


async def test_what_was_withdrawn_is_not_shown(chat: Chat, browser: httpx.AsyncClient) -> None:
    # INV-13, HUM-40
    found = await find(chat)
    async with chat.hub.database.write() as session:
        values = {"state": State.WITHDRAWN, "changed_at": chat.clock.now()}
        await session.execute(
            update(AnswerRow).where(AnswerRow.id == found.answer_id).values(**values)
        )
        await raise_revision(session)
    page = await browser.get(f"/v/{found.code}")
    assert page.status_code == 200
    assert found.text.strip() not in plain(page.text)
    assert "0800-15170" in page.text


@pytest.mark.parametrize("code", ["7KH3PX", "nothing", "%3Cscript%3E", "7kh-3px"])
async def test_a_code_that_is_not_ours(browser: httpx.AsyncClient, code: str) -> None:
    page = await browser.get(f"/v/{code}")
    assert page.status_code == 404
    assert "Nunca dimos este código" in page.text
    assert "<script" not in page.text


async def test_a_draft_has_no_page(chat: Chat, browser: httpx.AsyncClient) -> None:
    async with chat.hub.database.read() as session:
        states = set(
            await session.scalars(select(AnswerRow.state).where(AnswerRow.code.is_not(None)))
        )
    assert states == {State.APPROVED}
    assert (await browser.get("/v/")).status_code == 404
