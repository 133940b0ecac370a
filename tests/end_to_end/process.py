"""The hub as its users run it: a process of its own, started, killed and started again."""

import asyncio
import os
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import yaml

from tests.ports import free_port

_STARTS_WITHIN_SECONDS = 60.0
_COMMAND = Path(sys.executable).parent / "chasqui"
_ROOT = Path(__file__).parent.parent.parent


@dataclass
class HubProcess:
    """`chasqui demo` on a database of its own. `settings` go into its config.yml."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    _process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return (self.folder / "hub.log").read_text(encoding="utf8")

    async def start(self, **extra: str) -> None:
        """Start and wait until it says that it is ready, or has died."""
        config = self.folder / "config.yml"
        config.write_text(yaml.safe_dump(self.settings), encoding="utf8")
        own = {
            "CHASQUI_CONFIG": str(config),
            "CHASQUI_DATABASE_URL": f"sqlite:///{self.folder}/chasqui.db",
            "CHASQUI_KEYS": str(self.folder / "keys.json"),
        }
        with (self.folder / "hub.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                str(_COMMAND), "demo", "--port", str(self.port),
                cwd=_ROOT, env={**os.environ, **own, **self.environment, **extra},
                stdout=log, stderr=log,
            )  # fmt: skip
        await self._until_ready()

    async def _until_ready(self) -> None:
        async with asyncio.timeout(_STARTS_WITHIN_SECONDS), aiohttp.ClientSession() as session:
            while self.is_running:
                try:
                    async with session.get(f"{self.url}/readyz") as reply:
                        if reply.status == 200:
                            return
                except aiohttp.ClientError:
                    await asyncio.sleep(0.05)

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def ready(self) -> dict[str, Any]:
        async with aiohttp.ClientSession() as session, session.get(f"{self.url}/readyz") as reply:
            state: dict[str, Any] = await reply.json()
            return state

    async def died(self) -> int:
        """Wait for its death and return the status (negative: the signal)."""
        assert self._process is not None
        async with asyncio.timeout(_STARTS_WITHIN_SECONDS):
            return await self._process.wait()

    async def kill(self) -> None:
        """kill -9."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        await self._end(signal.SIGTERM)
        assert self._process is not None
        return self._process.returncode or 0

    async def _end(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(number)
            await self.died()


async def until(true: Any, seconds: float = 30.0) -> None:
    """Wait until `true()` is; fail after `seconds`."""
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.05)
