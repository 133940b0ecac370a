"""`chasqui worker` and `chasqui web` as processes of their own, started, stopped and killed."""

import asyncio
import os
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

_COMMAND = Path(sys.executable).parent / "chasqui"
_ROOT = Path(__file__).parent.parent.parent
_ENDS_WITHIN_SECONDS = 60.0


@dataclass
class Cluster:
    """What all processes of one hub have in common; `settings` go into its config.yml."""

    folder: Path
    url: str
    environment: dict[str, str]
    settings: dict[str, Any]
    processes: list["Member"] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.config.write_text(yaml.safe_dump(self.settings), encoding="utf8")

    @property
    def config(self) -> Path:
        return self.folder / "config.yml"

    async def start(self, *arguments: str, **extra: str) -> "Member":
        """`chasqui ARGUMENTS`, until it says that it runs."""
        own = {
            "CHASQUI_CONFIG": str(self.config),
            "CHASQUI_DATABASE_URL": self.url,
            "CHASQUI_KEYS": str(self.folder / "keys.json"),
        }
        path = self.folder / f"process-{len(self.processes)}.log"
        with path.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                str(_COMMAND), *arguments,
                cwd=_ROOT, env={**os.environ, **own, **self.environment, **extra},
                stdout=log, stderr=log,
            )  # fmt: skip
        member = Member(process, path)
        self.processes.append(member)
        await member.until_ready()
        return member

    async def end(self) -> None:
        for each in self.processes:
            await each.kill()


@dataclass
class Member:
    process: asyncio.subprocess.Process
    path: Path

    @property
    def log(self) -> str:
        return self.path.read_text(encoding="utf8")

    @property
    def is_running(self) -> bool:
        return self.process.returncode is None

    async def until_ready(self) -> None:
        async with asyncio.timeout(_ENDS_WITHIN_SECONDS):
            while self.is_running and "is running" not in self.log:
                await asyncio.sleep(0.05)

    def pause(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    async def kill(self) -> None:
        """kill -9."""
        if self.is_running:
            self.process.send_signal(signal.SIGKILL)
            await self.process.wait()

    async def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(_ENDS_WITHIN_SECONDS):
            return await self.process.wait()
