"""Telegram, through the Bot API: by webhook or by polling.

Texts go out without markup and without link previews, so whatever a person wrote arrives literally.
Telegram has no receipts and no look-up: a send in doubt stays in doubt.
"""

import asyncio
import hmac
import json
import re
from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from telegram import Bot
from telegram.error import TelegramError

from bot.channels.base import (
    Capabilities,
    ErrorMeaning,
    ForgedRequestError,
    MalformedRequestError,
    WebhookRequest,
    noop,
)
from bot.channels.telegram_errors import IN_DOUBT, NOT_SENT, code_of, explain
from bot.channels.telegram_transport import (
    AiohttpRequest,
    NeverSentError,
    RefusedError,
    sent_id,
)
from bot.channels.telegram_updates import ALLOWED_UPDATES, NAME, Group, Now, read_update
from bot.channels.wire import CALL_SECONDS, UNREADABLE, Wire
from bot.channels.wire_text import clean_text, render
from bot.messages import Fault, Inbound, Outbound, Receipt, SendError, SendOutcome

MAX_BODY = 256 * 1024
LONGEST_POLL = 50  # seconds
CAPABILITIES = Capabilities(
    text_length=4096,
    buttons=30,
    button_label_length=64,
    session_window=None,
    receipts=False,
    can_look_up=False,
)

_SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - the header's name
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_LONGEST_CAPTION = 1024
_LONGEST_TOKEN = 64  # bytes of a button's token
_MAX_CONNECTIONS = 20
_GROUPS_REMEMBERED = 100
# Spelled here: to spell its own objects anew for each message takes the library longer than all
# else that it does.
_NO_PREVIEW = {"link_preview_options": '{"is_disabled":true}'}

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Batch:
    """What one poll brought. Asking for `next_offset` confirms all of it, the malformed too."""

    inbounds: tuple[Inbound, ...] = field(repr=False)
    next_offset: int | None
    malformed: int


class Telegram:
    """See `bot.channels.base.Channel`. Without `webhook_secret` every webhook call is refused."""

    name = NAME
    capabilities = CAPABILITIES

    def __init__(
        self,
        token: str,
        api_base: str,
        webhook_secret: str | None,
        *,
        now: Now,
        call_seconds: float = CALL_SECONDS,
    ) -> None:
        if webhook_secret is not None and not _SECRET.fullmatch(webhook_secret):
            raise ValueError("webhook secret: 1 to 256 of A-Z, a-z, 0-9, _ and -")
        base = api_base.rstrip("/")
        self._request = AiohttpRequest(Wire(call_seconds=call_seconds))
        self._bot = Bot(
            token,
            base_url=f"{base}/bot",
            base_file_url=f"{base}/file/bot",
            request=self._request,
            get_updates_request=self._request,
        )
        self._secret = webhook_secret
        self._now = now
        self._groups: asyncio.Queue[int] = asyncio.Queue(_GROUPS_REMEMBERED)
        self._leaver: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Prepare the client without calling Telegram, so that the hub starts while it is down."""
        await self._request.initialize()
        if self._leaver is None:
            self._leaver = asyncio.create_task(self._leave_groups())

    async def close(self) -> None:
        leaver, self._leaver = self._leaver, None
        if leaver is not None:
            leaver.cancel()
            with suppress(asyncio.CancelledError):
                await leaver
        await self._request.shutdown()

    def verify(self, request: WebhookRequest) -> None:
        given = request.headers.get(_SECRET_HEADER, "").encode("utf-8", "surrogatepass")
        known = (self._secret or "").encode()
        if not hmac.compare_digest(given, known) or self._secret is None:
            raise ForgedRequestError("secret token")
        if request.method != "POST":
            raise ForgedRequestError("method")
        media_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
        if media_type != "application/json":
            raise ForgedRequestError("content type")

    def parse(self, request: WebhookRequest) -> list[Inbound | Receipt]:
        try:
            update = json.loads(request.body.decode("utf-8"))
        except (ValueError, RecursionError):
            raise MalformedRequestError("body: not JSON") from None
        return list(self.parse_update(update))

    def parse_update(self, update: object) -> list[Inbound]:
        """What one update says, from a webhook or a poll. A group it comes from is left, later."""
        said = read_update(update, self._now)
        if isinstance(said, Group):
            with suppress(asyncio.QueueFull):  # the group's next update brings it back
                self._groups.put_nowait(said.chat_id)
            return []
        return [said] if said else []

    async def send(self, address: str, message: Outbound, *, send_id: str) -> str:
        del send_id  # Telegram has no callback that could carry it
        text = render(message, self.capabilities)
        sent_id.set(None)
        await self._attempt(self._sending(address, message, text))
        given = sent_id.get()
        if not isinstance(given, int) or isinstance(given, bool):
            raise explain(IN_DOUBT).as_error(IN_DOUBT)
        return str(given)

    def _sending(self, address: str, message: Outbound, text: str) -> Awaitable[object]:
        chat_id, keyboard = _private_chat_id(address), _keyboard(message)
        if message.audio is None:
            return self._bot.send_message(
                chat_id=chat_id, text=text, api_kwargs=_NO_PREVIEW | keyboard
            )
        if len(text) > _LONGEST_CAPTION:
            raise _inexpressible(noop("The text beside a voice is longer than Telegram allows."))
        # Telegram fetches the file from its address itself.
        return self._bot.send_voice(
            chat_id=chat_id, voice=message.audio, caption=text, api_kwargs=keyboard
        )

    async def acknowledge(self, inbound: Inbound) -> None:
        if inbound.callback_id is not None:
            with suppress(SendError):
                await self._attempt(self._bot.answer_callback_query(inbound.callback_id))

    def explain(self, code: str) -> ErrorMeaning:
        return explain(code)

    async def fetch(self, offset: int | None, timeout_seconds: int) -> Batch:
        """Wait for messages, at most `timeout_seconds` (up to 50); raise `SendError` if it fails.

        Start with `None`, then pass on `next_offset`: Telegram repeats what was not confirmed.
        """
        wait = max(0, min(timeout_seconds, LONGEST_POLL))
        parameters = {"timeout": str(wait), "allowed_updates": json.dumps(ALLOWED_UPDATES)}
        if offset is not None:
            parameters["offset"] = str(offset)
        updates = await self._attempt(
            self._request.fetch_updates(self._bot.base_url, parameters, wait)
        )
        return self._read_batch(updates)

    async def use_webhook(self, url: str) -> None:
        if self._secret is None:
            raise ValueError("a webhook needs a webhook secret")
        await self._attempt(
            self._bot.set_webhook(
                url,
                secret_token=self._secret,
                allowed_updates=ALLOWED_UPDATES,
                max_connections=_MAX_CONNECTIONS,
            )
        )

    async def use_polling(self) -> None:
        """Stop webhooks; what waits at Telegram is kept for the first poll."""
        await self._attempt(self._bot.delete_webhook(drop_pending_updates=False))

    def _read_batch(self, updates: list[Any]) -> Batch:
        inbounds: list[Inbound] = []
        ids: list[int] = []
        malformed = 0
        for update in updates:
            update_id = update.get("update_id") if isinstance(update, dict) else None
            if isinstance(update_id, int) and not isinstance(update_id, bool):
                ids.append(update_id)
            try:
                inbounds.extend(self.parse_update(update))
            except MalformedRequestError:
                malformed += 1
        if updates and not ids:
            raise MalformedRequestError("result.update_id: no update has one")
        # An empty poll has confirmed all before it. Forgetting the offset then costs nothing, and
        # hears ids that begin anew and lower, as they may after a quiet week (SEC-07).
        return Batch(tuple(inbounds), max(ids) + 1 if ids else None, malformed)

    async def _leave_groups(self) -> None:
        while True:
            chat_id = await self._groups.get()
            with suppress(SendError):
                await self._attempt(self._bot.leave_chat(chat_id))

    async def _attempt(self, call: Awaitable[T]) -> T:
        failure: SendError
        try:
            return await call
        except TelegramError as error:
            failure = _to_send_error(error)
        except UNREADABLE:
            failure = explain(IN_DOUBT).as_error(IN_DOUBT)
        # Raised out here so that nothing of the library, whose bot prints its token, is attached.
        raise failure


def _to_send_error(error: TelegramError) -> SendError:
    if isinstance(error, NeverSentError):
        return explain(NOT_SENT).as_error(NOT_SENT)
    if isinstance(error, RefusedError):
        code = code_of(error.status, error.description)
        return explain(code).as_error(code, error.retry_after if code == "429" else None)
    return explain(IN_DOUBT).as_error(IN_DOUBT)


def _private_chat_id(address: str) -> int:
    if address.isascii() and address.isdecimal() and len(address) < 20:
        return int(address)
    raise SendError(
        SendOutcome.REJECTED,
        Fault.RECIPIENT,
        noop("The address is not that of a person on Telegram."),
        code="address",
    )


def _keyboard(message: Outbound) -> dict[str, str]:
    """The field with the buttons, if there are any: one a row, so that a label is not cut on a
    small screen."""
    if not message.buttons:
        return {}
    if any(not 0 < _bytes_in(button.token) <= _LONGEST_TOKEN for button in message.buttons):
        raise _inexpressible(noop("A button of the message cannot be shown on Telegram."))
    rows = [
        [{"text": clean_text(button.label), "callback_data": button.token}]
        for button in message.buttons
    ]
    return {"reply_markup": json.dumps({"inline_keyboard": rows})}


def _inexpressible(staff_text: str) -> SendError:
    return SendError(SendOutcome.REJECTED, Fault.CONTENT, staff_text, code="inexpressible")


def _bytes_in(token: str) -> int:
    return len(token.encode("utf-8", "surrogatepass"))
