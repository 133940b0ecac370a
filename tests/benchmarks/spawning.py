"""Processes beside the measuring one: a provider to send to, and an echo bot to compare with."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

_STARTS_WITHIN_SECONDS = 20.0


@asynccontextmanager
async def running(module: str, *arguments: str) -> AsyncIterator[str]:
    """`python -m module arguments`, ended on leaving; gives the URL that it prints first."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *arguments, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(_STARTS_WITHIN_SECONDS):
            url = (await process.stdout.readline()).decode().strip()
        if not url:
            raise RuntimeError(f"{module} ended before it listened")
        yield url
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
