"""Starts `nlu/serve.py` on a free port and speaks its contract. Only for tests."""

import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.ports import free_port

NLU = Path(__file__).resolve().parents[2] / "nlu"
PYTHON = NLU / ".venv" / "bin" / "python"
SECRET = "a-secret-of-the-tests-only"
START_SECONDS = 120


def run_nlu(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a script of nlu/ to its end."""
    return subprocess.run(
        [str(PYTHON), *arguments],
        cwd=NLU,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=900,
    )


@dataclass
class Rasa:
    """A running server, the file that takes what it prints, and a client for its one channel."""

    process: subprocess.Popen[bytes]
    port: int
    output: Path

    @classmethod
    def start(cls, output: Path, arguments: Sequence[str] = ("serve.py",)) -> "Rasa":
        port = free_port()
        environment = {
            "PATH": os.environ["PATH"],
            "CHASQUI_NLU_SECRET": SECRET,
            "CHASQUI_NLU_PORT": str(port),
        }
        with output.open("wb") as sink:
            process = subprocess.Popen(
                [str(PYTHON), *arguments], cwd=NLU, env=environment, stdout=sink, stderr=sink
            )
        server = cls(process, port, output)
        server._wait_until_it_listens()
        return server

    def _wait_until_it_listens(self) -> None:
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            if self.process.poll() is not None:
                break
            try:
                httpx.get(self.url("/webhooks/hub/"), timeout=5)
            except httpx.TransportError:
                time.sleep(0.2)
            else:
                return
        self.stop()
        raise AssertionError(f"Rasa did not start:\n{self.output.read_text()}")

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(timeout=20)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def post(self, body: object, secret: str | None = SECRET) -> httpx.Response:
        headers = {} if secret is None else {"X-Chasqui-Secret": secret}
        url = self.url("/webhooks/hub/turn")
        if isinstance(body, bytes):
            return httpx.post(url, content=body, headers=headers, timeout=30)
        return httpx.post(url, json=body, headers=headers, timeout=30)

    def turn(self, text: str = "", state: object = None, **others: object) -> dict[str, Any]:
        """One message that must succeed; the reply."""
        body = {"sender": "person-of-tests", "text": text, "state": state, **others}
        response = self.post(body)
        assert response.status_code == 200, response.text
        reply: dict[str, Any] = response.json()
        return reply

    def choose(self, intent: str, state: object = None, **slots: str) -> dict[str, Any]:
        """A choice from a menu of the hub's."""
        return self.turn(state=state, choice={"intent": intent, "slots": slots})


def names(reply: dict[str, Any]) -> list[str]:
    return [response["name"] for response in reply["responses"]]
