"""WhatsApp, through Twilio.

Choices are shown as numbered lines: free buttons exist only in templates. A send in doubt can be
settled, by the signed status callback or by looking the message up.
"""

import json
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import parse_qs

from twilio.base.exceptions import TwilioException  # type: ignore[import-untyped]
from twilio.rest import Client  # type: ignore[import-untyped]

from bot.channels.base import (
    Capabilities,
    ErrorMeaning,
    ForgedRequestError,
    MalformedRequestError,
    WebhookRequest,
    noop,
)
from bot.channels.twilio_signature import Fields, PublicURL, is_signed
from bot.channels.twilio_transport import RefusedError, TwilioTransport
from bot.channels.whatsapp_errors import IN_DOUBT, NOT_SENT, explain, explain_refusal
from bot.channels.whatsapp_requests import (
    NAME,
    PREFIX,
    Form,
    is_e164,
    read_form,
    read_message,
    read_receipt,
)
from bot.channels.wire import CALL_SECONDS, UNREADABLE, InDoubtError, NotSentError, Wire
from bot.channels.wire_text import render
from bot.messages import Fault, Inbound, Outbound, Receipt, SendError, SendOutcome

MAX_BODY = 64 * 1024
INBOUND_PATH = "/webhooks/twilio"
STATUS_PATH = "/webhooks/twilio/status"
CAPABILITIES = Capabilities(
    text_length=1600,
    buttons=0,
    button_label_length=64,
    session_window=timedelta(hours=24),
    receipts=True,
    can_look_up=True,
)

_FORM = "application/x-www-form-urlencoded"
# Twilio's own words for: try a callback up to five times more, whatever went wrong.
_RETRY_CALLBACK = "#rc=5&rp=all"
_LOOKED_THROUGH = 200  # messages to one person that a look-up reads

T = TypeVar("T")


class WhatsApp:
    """See `bot.channels.base.Channel` and `Lookup`.

    `sender` is our number in E.164 form. `sign` and `is_signed` protect our send id inside the
    status callback's URL. The second auth token, if any, counts for signatures only: it is there
    while tokens are changed.
    """

    name = NAME
    capabilities = CAPABILITIES

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        sender: str,
        public_url: str,
        *,
        sign: Callable[[str], str],
        is_signed: Callable[[str, str], bool],
        now: Callable[[], datetime],
        secondary_token: str | None = None,
        api_base: str = "https://api.twilio.com",
        call_seconds: float = CALL_SECONDS,
    ) -> None:
        self._account_sid = account_sid
        self._tokens = [token.encode() for token in (auth_token, secondary_token) if token]
        number = sender.removeprefix(PREFIX)
        if not is_e164(number):
            raise ValueError("WhatsApp sender: expected a number like +51900000000")
        self._sender = PREFIX + number
        self._public_url = PublicURL(public_url)
        self._sign = sign
        self._is_signed = is_signed
        self._now = now
        self._wire = Wire(call_seconds=call_seconds)
        client: Any = Client(
            account_sid, auth_token, http_client=TwilioTransport(self._wire, api_base)
        )
        self._messages: Any = client.api.v2010.account.messages

    async def open(self) -> None:
        await self._wire.open()

    async def close(self) -> None:
        await self._wire.close()

    def verify(self, request: WebhookRequest) -> None:
        if request.method != "POST":
            raise ForgedRequestError("method")
        if not _is_form(request.headers.get("content-type", "")):
            raise ForgedRequestError("content type")
        try:
            fields = read_form(request.body)
        except MalformedRequestError as error:
            raise ForgedRequestError(str(error)) from None
        signature = request.headers.get("x-twilio-signature", "")
        urls = self._public_url.spellings(request.path, request.query)
        if not is_signed(signature, self._tokens, urls, fields):
            raise ForgedRequestError("signature")
        self._verify_ours(request.path, fields)

    def parse(self, request: WebhookRequest) -> list[Inbound | Receipt]:
        form = Form.of(read_form(request.body))
        if request.path == STATUS_PATH:
            return [read_receipt(form, self._send_id_of(request.query))]
        return [read_message(form, self._now)]

    async def send(self, address: str, message: Outbound, *, send_id: str) -> str:
        sent = await self._attempt(
            self._messages.create_async(
                to=_recipient(address),
                from_=self._sender,
                **_content(render(message, self.capabilities), message),
                status_callback=self._status_callback(send_id),
            )
        )
        if not isinstance(sent.sid, str) or not sent.sid:
            raise explain(IN_DOUBT).as_error(IN_DOUBT)
        return sent.sid

    async def acknowledge(self, inbound: Inbound) -> None:
        """Twilio wants nothing beyond the answer to its webhook."""

    def explain(self, code: str) -> ErrorMeaning:
        return explain(code)

    async def find_sent(self, address: str, message: Outbound, since: datetime) -> str | None:
        """See `bot.channels.base.Lookup`.

        Filters by date here: Twilio's `DateSent` leaves out what it has accepted but not sent yet,
        and a message that is not found is sent again.
        """
        since -= timedelta(seconds=1)  # Twilio's dates are in seconds
        listed = await self._attempt(
            self._messages.list_async(
                to=_recipient(address),
                from_=self._sender,
                limit=_LOOKED_THROUGH,
                page_size=_LOOKED_THROUGH,
            )
        )
        recent = [sent for sent in listed if sent.date_created and sent.date_created >= since]
        text = render(message, self.capabilities)
        for sent in recent:
            if sent.body == text:
                return str(sent.sid)
        if len(recent) == _LOOKED_THROUGH:
            raise SendError(
                SendOutcome.RETRY,
                Fault.PROVIDER,
                noop("Twilio lists too many messages to this person to look one up."),
                code="too_many",
            )
        return None

    def _verify_ours(self, path: str, fields: Fields) -> None:
        """The token is right; refuse what was signed for another account or number (SEC-04)."""
        form = Form.of(fields)
        if form.text("AccountSid") != self._account_sid:
            raise ForgedRequestError("AccountSid")
        ours = "From" if path == STATUS_PATH else "To"
        if form.text(ours) != self._sender:
            raise ForgedRequestError(ours)

    def _status_callback(self, send_id: str) -> str:
        """Neither our ids nor signatures hold anything that a URL would escape."""
        query = f"d={send_id}&s={self._sign(send_id)}"
        return f"{self._public_url.base}{STATUS_PATH}?{query}{_RETRY_CALLBACK}"

    def _send_id_of(self, query: str) -> str | None:
        try:
            values = parse_qs(query, max_num_fields=10)
        except ValueError:
            return None
        send_id, signature = values.get("d", [""])[0], values.get("s", [""])[0]
        return send_id if send_id and self._is_signed(send_id, signature) else None

    async def _attempt(self, call: Awaitable[T]) -> T:
        failure: SendError
        try:
            return await call
        except NotSentError:
            failure = explain(NOT_SENT).as_error(NOT_SENT)
        except RefusedError as error:
            code, meaning = explain_refusal(error.status, error.code)
            failure = meaning.as_error(code, error.retry_after if error.status == 429 else None)
        except (InDoubtError, TwilioException, *UNREADABLE):
            failure = explain(IN_DOUBT).as_error(IN_DOUBT)
        # Raised out here so that nothing is attached: the library's errors quote URL and number.
        raise failure


def _content(text: str, message: Outbound) -> dict[str, Any]:
    """Twilio wants no body beside a template, and its variables as JSON. It fetches an audio from
    its address; WhatsApp shows no body beside one, but Twilio lists it, for a look-up."""
    template = message.template
    if template is None:
        return {"body": text} | ({"media_url": [message.audio]} if message.audio else {})
    variables = json.dumps(dict(template.variables), ensure_ascii=False)
    return {"content_sid": template.sid, "content_variables": variables}


def _is_form(content_type: str) -> bool:
    media_type, _, parameter = content_type.lower().partition(";")
    return media_type.strip() == _FORM and parameter.strip() in ("", "charset=utf-8")


def _recipient(address: str) -> str:
    number = address.removeprefix(PREFIX)
    if is_e164(number):
        return PREFIX + number
    raise SendError(
        SendOutcome.REJECTED,
        Fault.RECIPIENT,
        noop("The address is not a phone number."),
        code="address",
    )
