"""Rasa as a child process: started, watched, restarted with growing pauses, ended with the hub.

The child gets no secret but the one it shares with us, and its words are not kept: they may quote
what a person wrote (SEC-63, SEC-70).
"""

import asyncio
import contextlib
import os
import secrets
import signal
import socket
from dataclasses import dataclass, field
from pathlib import Path

from hub.logs import get_log

_log = get_log("rasa")
_FIRST_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 60.0
_STABLE_AFTER_SECONDS = 120.0
_END_SECONDS = 10.0
_PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR")


@dataclass
class RasaChild:
    """`folder` is the Rasa project with its own environment in `.venv`."""

    folder: Path
    port: int
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    restarts: int = 0
    _process: asyncio.subprocess.Process | None = None

    @classmethod
    def on_free_port(cls, folder: Path) -> "RasaChild":
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return cls(folder.resolve(), probe.getsockname()[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def is_installed(self) -> bool:
        return self._python.exists()

    async def run(self) -> None:
        """Keep Rasa running until cancelled."""
        pause = _FIRST_PAUSE_SECONDS
        try:
            while True:
                started = asyncio.get_running_loop().time()
                status = await self._run_once()
                lived = asyncio.get_running_loop().time() - started
                pause = _FIRST_PAUSE_SECONDS if lived > _STABLE_AFTER_SECONDS else pause
                self.restarts += 1
                _log.error("rasa_ended", status=status, lived_seconds=round(lived), pause=pause)
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
        finally:
            await self._end()

    async def _run_once(self) -> int:
        self._process = await asyncio.create_subprocess_exec(
            str(self._python),
            str(self.folder / "serve.py"),
            cwd=self.folder,
            env=self._environment(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        _log.info("rasa_started", pid=self._process.pid, port=self.port)
        return await self._process.wait()

    async def _end(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        self._signal(process.pid, signal.SIGTERM)
        try:
            async with asyncio.timeout(_END_SECONDS):
                await process.wait()
        except TimeoutError:
            self._signal(process.pid, signal.SIGKILL)
            await process.wait()

    def _signal(self, pid: int, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, number)

    def _environment(self) -> dict[str, str]:
        own = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        return own | {
            "CHASQUI_NLU_SECRET": self.secret,
            "CHASQUI_NLU_PORT": str(self.port),
            # Rasa ends with the hub even when the hub is killed and cannot end it.
            "CHASQUI_NLU_PARENT": str(os.getpid()),
            "RASA_TELEMETRY_ENABLED": "false",
        }

    @property
    def _python(self) -> Path:
        return self.folder / ".venv" / "bin" / "python"
