"""A server that speaks enough of Twilio's messaging API to run a bot against it.

It knows nothing of the hub; webhooks and status callbacks are signed with Twilio's own code.
`python -m tests.servers.twilio --port 8082 --account AC… --token …` runs it alone; then
`POST /_control/message {"from": "+51…", "body": "hola"}` writes to the hub, and `GET /_control/log`
shows what the hub called.
"""

import argparse
import asyncio
import base64
import json
import random
import secrets
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any
from urllib.parse import urldefrag

import aiohttp
from aiohttp import web
from multidict import MultiDict
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from tests.servers.faults import FakeServer, Received, spoil

ACCOUNT = "AC" + "0123456789abcdef" * 2
AUTH_TOKEN = "f00dfacef00dfacef00dfacef00dface"
SENDER = "whatsapp:+51900000001"

Message = dict[str, Any]


@dataclass
class Behaviour:
    """What happens to accepted messages, and whose messages are not."""

    statuses: Sequence[str] = ("sent", "delivered", "read")
    shuffled: bool = False
    repeats: int = 1
    opted_out: set[str] = field(default_factory=set)  # refused at once: 21610
    failing: dict[str, int] = field(default_factory=dict)  # number → code that comes afterwards
    templates: dict[str, str] = field(default_factory=dict)  # ContentSid → body


class TwilioServer(FakeServer):
    """`webhook` is where inbound messages go.

    `connect_to` (from, to) replaces the beginning of signed URLs by where the hub really listens.
    """

    def __init__(
        self,
        port: int = 0,
        account: str = ACCOUNT,
        token: str = AUTH_TOKEN,
        sender: str = SENDER,
        webhook: str = "",
        retry_seconds: float = 0.05,
    ) -> None:
        super().__init__(port)
        self.account, self.token, self.sender, self.webhook = account, token, sender, webhook
        self.behaviour = Behaviour()
        self.messages: deque[Message] = deque()  # the newest first
        self.callbacks: list[tuple[str, str, int]] = []  # (sid, status, the hub's answer)
        self.connect_to: tuple[str, str] | None = None
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
        self._retry_seconds = retry_seconds
        self._session: aiohttp.ClientSession | None = None
        self._order = random.Random(7)  # noqa: S311

    def routes(self) -> list[web.RouteDef]:
        path = "/2010-04-01/Accounts/{account}/Messages.json"
        return [
            web.post(path, self._create),
            web.get(path, self._list),
            web.post("/_control/message", self._control_message),
        ]

    # What people do

    async def says(self, number: str, body: str = "", **more: str) -> int:
        """A person writes from `number` (E.164); returns the status of the hub's answer."""
        sid = "SM" + secrets.token_hex(16)
        fields = {
            "SmsMessageSid": sid,
            "NumMedia": "0",
            "ProfileName": "Persona",
            "MessageType": "text",
            "SmsSid": sid,
            "WaId": number.removeprefix("+"),
            "SmsStatus": "received",
            "Body": body,
            "To": self.sender,
            "NumSegments": "1",
            "ReferralNumMedia": "0",
            "MessageSid": sid,
            "AccountSid": self.account,
            "From": f"whatsapp:{number}",
            "ApiVersion": "2010-04-01",
            **more,
        }
        return await self.post_signed(self.webhook, list(fields.items()))

    async def post_signed(self, url: str, fields: Sequence[tuple[str, str]]) -> int:
        called, _ = urldefrag(url)
        form = MultiDict(fields)
        signature = RequestValidator(self.token).compute_signature(called, form)
        if self.connect_to is not None:
            called = called.replace(*self.connect_to, 1)
        try:
            async with self._client().post(
                called,
                data=form,
                headers={"X-Twilio-Signature": signature, "I-Twilio-Idempotency-Token": "1"},
                allow_redirects=False,
            ) as answer:
                await answer.read()
                return answer.status
        except (aiohttp.ClientError, TimeoutError):
            return 0

    def _client(self) -> aiohttp.ClientSession:
        """One for all calls, each over a connection of its own."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(force_close=True, limit=0)
            )
        return self._session

    async def __aexit__(self, *errors: object) -> None:
        await super().__aexit__(*errors)
        if self._session is not None:
            await self._session.close()

    def sent_to(self, number: str) -> list[Message]:
        return [message for message in self.messages if message["to"] == f"whatsapp:{number}"]

    # The REST API

    async def _create(self, request: web.Request) -> web.StreamResponse:
        fields = {name: str(value) for name, value in (await request.post()).items()}
        refusal = self._refuse_access(request) or self._refuse_message(fields)
        fault = self.take_fault(fields.get("To", ""))
        if fault is not None and not fault.accepts_first:
            self.log.append(Received("create", fields, accepted=False))
            return await spoil(request, fault, web.Response())
        self.log.append(Received("create", fields, accepted=refusal is None))
        answer = refusal or web.json_response(self._accept(fields), status=201)
        return answer if fault is None else await spoil(request, fault, answer)

    def _refuse_access(self, request: web.Request) -> web.Response | None:
        credentials = base64.b64encode(f"{self.account}:{self.token}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {credentials}":
            return _refuse(401, 20003, "Authenticate")
        if request.match_info["account"] != self.account:
            return _refuse(404, 20404, "The requested resource was not found")
        return None

    def _refuse_message(self, fields: dict[str, str]) -> web.Response | None:
        to, body = fields.get("To", ""), self._body_of(fields)
        if fields.get("From") != self.sender:
            return _refuse(400, 63007, "Twilio could not find a Channel with the From address")
        if not to.startswith("whatsapp:+"):
            return _refuse(400, 21211, "Invalid 'To' Phone Number")
        if to in self.behaviour.opted_out:
            return _refuse(400, 21610, "Attempt to send to unsubscribed recipient")
        if not body:
            return _refuse(400, 21619, "A text message body or media urls must be specified.")
        if len(body) > 1600:
            return _refuse(400, 21617, "The concatenated message body exceeds the limit")
        return None

    def _body_of(self, fields: dict[str, str]) -> str:
        """As Twilio makes it of a template, which goes before a body."""
        body = self.behaviour.templates.get(fields.get("ContentSid", ""))
        if body is None:
            return fields.get("Body", "")
        for number, value in json.loads(fields.get("ContentVariables", "{}")).items():
            body = body.replace(f"{{{{{number}}}}}", value)
        return body

    def _accept(self, fields: dict[str, str]) -> Message:
        sid = "SM" + secrets.token_hex(16)
        created = format_datetime(self.now())
        message: Message = {
            "sid": sid,
            "account_sid": self.account,
            "api_version": "2010-04-01",
            "body": self._body_of(fields),
            "date_created": created,
            "date_sent": None,
            "date_updated": created,
            "direction": "outbound-api",
            "error_code": None,
            "error_message": None,
            "from": fields["From"],
            "messaging_service_sid": None,
            "num_media": "0",
            "num_segments": "1",
            "price": None,
            "price_unit": None,
            "status": "queued",
            "to": fields["To"],
            "uri": f"/2010-04-01/Accounts/{self.account}/Messages/{sid}.json",
            "subresource_uris": {},
        }
        self.messages.appendleft(message)
        is_followed = self.behaviour.statuses or message["to"] in self.behaviour.failing
        if is_followed and fields.get("StatusCallback"):
            self.start(self._call_back(dict(message), fields["StatusCallback"]))
        return message

    async def _list(self, request: web.Request) -> web.StreamResponse:
        query = dict(request.query)
        fault = self.take_fault(query.get("To", ""))
        refusal = self._refuse_access(request)
        self.log.append(Received("list", query, accepted=refusal is None and fault is None))
        found = [message for message in self.messages if _matches(message, query)]
        size = int(query.get("PageSize", "50"))
        page = {
            "messages": found[:size],
            "page": 0,
            "page_size": size,
            "start": 0,
            "end": max(0, len(found[:size]) - 1),
            "first_page_uri": request.path_qs,
            "next_page_uri": None,
            "previous_page_uri": None,
            "uri": request.path_qs,
        }
        answer = refusal or web.json_response(page)
        return answer if fault is None else await spoil(request, fault, answer)

    # Status callbacks

    async def _call_back(self, message: Message, url: str) -> None:
        code = self.behaviour.failing.get(message["to"])
        statuses = list(self.behaviour.statuses) if code is None else ["failed"]
        if self.behaviour.shuffled:
            self._order.shuffle(statuses)
        for status in statuses * self.behaviour.repeats:
            await self._call_back_once(message, status, code, url)

    async def _call_back_once(
        self, message: Message, status: str, code: int | None, url: str
    ) -> None:
        fields = [
            ("SmsSid", message["sid"]),
            ("SmsStatus", status),
            ("MessageStatus", status),
            ("ChannelToAddress", message["to"]),
            ("To", message["to"]),
            ("ChannelPrefix", "whatsapp"),
            ("MessageSid", message["sid"]),
            ("AccountSid", self.account),
            ("From", message["from"]),
            ("ApiVersion", "2010-04-01"),
        ]
        if code is not None:
            fields.append(("ErrorCode", str(code)))
        tries = 6 if "rc=5" in urldefrag(url).fragment else 1
        for number in range(tries):
            answered = await self.post_signed(url, fields)
            self.callbacks.append((message["sid"], status, answered))
            if 200 <= answered < 300:
                return
            await asyncio.sleep(self._retry_seconds * number)

    async def _control_message(self, request: web.Request) -> web.Response:
        asked = await request.json()
        more = {name: str(value) for name, value in asked.get("fields", {}).items()}
        return web.json_response(
            {"status": await self.says(asked["from"], asked.get("body", ""), **more)}
        )


def _matches(message: Message, query: dict[str, str]) -> bool:
    """Twilio filters by when it sent a message: what still waits there is in no dated list."""
    if any(query.get(name) not in (None, message[name.lower()]) for name in ("To", "From")):
        return False
    after = query.get("DateSent>")
    if after is None:
        return True
    sent = message["date_sent"]
    return sent is not None and parsedate_to_datetime(sent) >= datetime.fromisoformat(after)


def age(message: Message, by: timedelta) -> None:
    """Make a message older than it is."""
    created = parsedate_to_datetime(message["date_created"]) - by
    message["date_created"] = format_datetime(created)


def _refuse(status: int, code: int, text: str) -> web.Response:
    more = f"https://www.twilio.com/docs/errors/{code}"
    body = {"code": code, "message": text, "more_info": more, "status": status}
    return web.json_response(body, status=status)


async def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8082)
    parser.add_argument("--account", default=ACCOUNT)
    parser.add_argument("--token", default=AUTH_TOKEN)
    parser.add_argument("--sender", default=SENDER)
    parser.add_argument("--webhook", default="http://127.0.0.1:8000/webhooks/twilio")
    asked = parser.parse_args()
    async with TwilioServer(
        asked.port, asked.account, asked.token, asked.sender, asked.webhook
    ) as server:
        print(server.url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_main())
