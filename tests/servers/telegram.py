"""A server that speaks enough of the Telegram Bot API to run a bot against it.

It knows nothing of the hub. `python -m tests.servers.telegram --port 8081 --token 123:abc` runs it
alone; then `POST /_control/message {"user": 7, "text": "hola"}` writes to the bot, and
`GET /_control/log` shows what the bot called.
"""

import argparse
import asyncio
import itertools
import json
import time
from collections import deque
from typing import Any

import aiohttp
from aiohttp import web

from tests.servers.faults import FakeServer, Received, spoil

TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"

Update = dict[str, Any]


class TelegramServer(FakeServer):
    """`blocked` and `unknown` are chat ids that cannot be written to."""

    def __init__(self, port: int = 0, token: str = TOKEN, retry_seconds: float = 0.05) -> None:
        super().__init__(port)
        self.token = token
        self.blocked: set[str] = set()
        self.unknown: set[str] = set()
        self.webhook: dict[str, str] = {}
        self.last_error = ""
        self.delivered: list[tuple[int, int]] = []  # (update id, status of the hub's answer)
        self._retry_seconds = retry_seconds
        self._queue: deque[Update] = deque()
        self._arrived = asyncio.Condition()
        self._update_ids = itertools.count(900)
        self._message_ids = itertools.count(1)
        self._pollers = 0
        self._delivering: set[int] = set()  # chats whose updates are on their way

    def routes(self) -> list[web.RouteDef]:
        return [
            web.route("*", "/bot{token}/{method}", self._call),
            web.post("/_control/message", self._control_message),
            web.post("/_control/update", self._control_update),
        ]

    # What people do

    async def says(self, user: int, text: str, language: str = "es") -> int:
        """A person writes to the bot; returns the update's id."""
        return await self.push({"message": {**self._message(user, language), "text": text}})

    async def presses(self, user: int, data: str, language: str = "es") -> int:
        press = {
            "id": str(4_382_000_000 + user),
            "from": _person(user, language),
            "message": self._message(user, language),
            "chat_instance": "1",
            "data": data,
        }
        return await self.push({"callback_query": press})

    async def push(self, update: Update) -> int:
        """Queue any update for the bot; it gets an id unless it has one."""
        update = {"update_id": next(self._update_ids), **update}
        async with self._arrived:
            self._queue.append(update)
            self._arrived.notify_all()
        self._start_deliveries()
        return int(update["update_id"])

    def sent_to(self, chat_id: int | str) -> list[dict[str, str]]:
        """What the bot sent to this chat and Telegram accepted."""
        sent = self.accepted("sendMessage")
        return [fields for fields in sent if fields["chat_id"] == str(chat_id)]

    # The Bot API

    async def _call(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        fields = await _fields_of(request)
        if request.match_info["token"] != self.token:
            return _refuse(401, "Unauthorized")
        handler = self._methods().get(method)
        if handler is None:
            return _refuse(404, "Not Found")
        fault = self.take_fault(fields.get("chat_id", ""))
        if fault is not None and not fault.accepts_first:
            self.log.append(Received(method, fields, accepted=False))
            return await spoil(request, fault, _refuse(500, "Internal Server Error"))
        answer: web.Response = await handler(fields)
        self.log.append(Received(method, fields, accepted=answer.status == 200))
        return answer if fault is None else await spoil(request, fault, answer)

    def _methods(self) -> dict[str, Any]:
        return {
            "getMe": self._get_me,
            "sendMessage": self._send_message,
            "sendVoice": self._send_voice,
            "answerCallbackQuery": self._accept,
            "leaveChat": self._accept,
            "getUpdates": self._get_updates,
            "setWebhook": self._set_webhook,
            "deleteWebhook": self._delete_webhook,
            "getWebhookInfo": self._get_webhook_info,
        }

    async def _get_me(self, fields: dict[str, str]) -> web.Response:
        return _grant({"id": 110201543, "is_bot": True, "first_name": "Bot", "username": "a_bot"})

    async def _accept(self, fields: dict[str, str]) -> web.Response:
        return _grant(True)

    async def _send_message(self, fields: dict[str, str]) -> web.Response:
        chat, text = fields.get("chat_id", ""), fields.get("text", "")
        if chat in self.blocked:
            return _refuse(403, "Forbidden: bot was blocked by the user")
        if chat in self.unknown or not chat.lstrip("-").isdecimal():
            return _refuse(400, "Bad Request: chat not found")
        if not text.strip():
            return _refuse(400, "Bad Request: message text is empty")
        if len(text) > 4096:
            return _refuse(400, "Bad Request: message is too long")
        keyboard = json.loads(fields.get("reply_markup", "{}")).get("inline_keyboard", [])
        if any(len(b.get("callback_data", "").encode()) > 64 for row in keyboard for b in row):
            return _refuse(400, "Bad Request: BUTTON_DATA_INVALID")
        message = self._message(int(chat), "es") | {"text": text}
        message["from"] = {"id": 110201543, "is_bot": True, "first_name": "Bot"}
        return _grant(message)

    async def _send_voice(self, fields: dict[str, str]) -> web.Response:
        """By address only: Telegram fetches the file itself."""
        chat, address = fields.get("chat_id", ""), fields.get("voice", "")
        if chat in self.blocked:
            return _refuse(403, "Forbidden: bot was blocked by the user")
        if not address.startswith(("http://", "https://")):
            return _refuse(400, "Bad Request: there is no voice in the request")
        if len(fields.get("caption", "")) > 1024:
            return _refuse(400, "Bad Request: message caption is too long")
        return _grant(self._message(int(chat), "es") | {"voice": {"file_id": "v", "duration": 1}})

    async def _get_updates(self, fields: dict[str, str]) -> web.Response:
        if self.webhook:
            return _refuse(
                409,
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
            )
        if self._pollers:
            return _refuse(409, "Conflict: terminated by other getUpdates request")
        self._pollers += 1
        try:
            return _grant(await self._wait_for_updates(fields))
        finally:
            self._pollers -= 1

    async def _wait_for_updates(self, fields: dict[str, str]) -> list[Update]:
        offset, limit = int(fields.get("offset", "0")), int(fields.get("limit", "100"))
        async with self._arrived:
            while self._queue and self._queue[0].get("update_id", 0) < offset:
                self._queue.popleft()
            if not self._queue:
                try:
                    async with asyncio.timeout(float(fields.get("timeout", "0"))):
                        await self._arrived.wait_for(lambda: bool(self._queue))
                except TimeoutError:
                    return []
            return list(itertools.islice(self._queue, limit))

    async def _set_webhook(self, fields: dict[str, str]) -> web.Response:
        self.webhook = fields if fields.get("url") else {}
        self._drop(fields)
        self._start_deliveries()
        return _grant(True)

    async def _delete_webhook(self, fields: dict[str, str]) -> web.Response:
        self.webhook = {}
        self._drop(fields)
        return _grant(True)

    async def _get_webhook_info(self, fields: dict[str, str]) -> web.Response:
        return _grant(
            {
                "url": self.webhook.get("url", ""),
                "has_custom_certificate": False,
                "pending_update_count": len(self._queue),
                "last_error_message": self.last_error,
            }
        )

    def _drop(self, fields: dict[str, str]) -> None:
        if fields.get("drop_pending_updates", "").lower() == "true":
            self._queue.clear()

    # Webhooks: one chat's updates one after another, each again and again until the answer is 2xx

    def _start_deliveries(self) -> None:
        if not self.webhook:
            return
        for chat in {_chat_of(update) for update in self._queue} - self._delivering:
            self._delivering.add(chat)
            self.start(self._deliver(chat))

    async def _deliver(self, chat: int) -> None:
        pause = 0.0
        try:
            async with aiohttp.ClientSession() as session:
                while self.webhook and (update := self._next_of(chat)) is not None:
                    if await self._try_delivery(session, update):
                        pause = 0.0
                        continue
                    await asyncio.sleep(pause)
                    pause = min(max(pause * 2, self._retry_seconds), 60)
        finally:
            self._delivering.discard(chat)

    async def _try_delivery(self, session: aiohttp.ClientSession, update: Update) -> bool:
        status = await self._post(session, update)
        self.delivered.append((update["update_id"], status))
        if not 200 <= status < 300:
            self.last_error = f"Wrong response from the webhook: {status}"
            return False
        if update in self._queue:
            self._queue.remove(update)
        return True

    def _next_of(self, chat: int) -> Update | None:
        return next((update for update in self._queue if _chat_of(update) == chat), None)

    async def _post(self, session: aiohttp.ClientSession, update: Update) -> int:
        headers = {}
        if "secret_token" in self.webhook:
            headers["X-Telegram-Bot-Api-Secret-Token"] = self.webhook["secret_token"]
        try:
            async with session.post(
                self.webhook["url"], json=update, headers=headers, allow_redirects=False
            ) as answer:
                await answer.read()
                return answer.status
        except (aiohttp.ClientError, TimeoutError):
            return 0

    # Control of a server that runs as a process of its own

    async def _control_message(self, request: web.Request) -> web.Response:
        asked = await request.json()
        language = asked.get("language", "es")
        return web.json_response(
            {"update_id": await self.says(int(asked["user"]), asked["text"], language)}
        )

    async def _control_update(self, request: web.Request) -> web.Response:
        return web.json_response({"update_id": await self.push(await request.json())})

    def _message(self, user: int, language: str) -> dict[str, Any]:
        return {
            "message_id": next(self._message_ids),
            "from": _person(user, language),
            "chat": {"id": user, "type": "private", "first_name": "Persona"},
            "date": int(time.time()),  # as Telegram stamps it: what is a day old gets no answer
        }


def _chat_of(update: Update) -> int:
    for part in update.values():
        if isinstance(part, dict):
            holder = part.get("message", part)
            return int(holder.get("chat", {}).get("id", 0))
    return 0


def _person(user: int, language: str) -> dict[str, Any]:
    return {"id": user, "is_bot": False, "first_name": "Persona", "language_code": language}


async def _fields_of(request: web.Request) -> dict[str, str]:
    if request.content_type == "application/json":
        return {name: _as_in_a_form(value) for name, value in (await request.json()).items()}
    return {**request.query, **{k: str(v) for k, v in (await request.post()).items()}}


def _as_in_a_form(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _grant(result: object) -> web.Response:
    return web.json_response({"ok": True, "result": result})


def _refuse(status: int, description: str) -> web.Response:
    return web.json_response(
        {"ok": False, "error_code": status, "description": description}, status=status
    )


async def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8081)
    parser.add_argument("--token", default=TOKEN)
    asked = parser.parse_args()
    async with TelegramServer(asked.port, asked.token) as server:
        print(server.url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_main())
