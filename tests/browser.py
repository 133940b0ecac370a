"""Real pages in a real browser: serves an application from a thread, and drives Debian's Chromium.

Other parts use it too: `serve(app)` gives the address, `open_chromium()` the browser.
"""

import asyncio
import os
import shutil
import socket
import threading
import time
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

import uvicorn
from playwright.sync_api import Browser, Page, Request, sync_playwright
from starlette.types import ASGIApp

Result = TypeVar("Result")

_ARGUMENTS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def serve(app: ASGIApp) -> Iterator[str]:
    """The application on a free port of the loopback, in an event loop of its own thread."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(
            uvicorn.Config(app, log_level="warning", lifespan="off", server_header=False, ws="none")
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(timeout=10)


def run_apart(work: Coroutine[Any, Any, Result]) -> Result:
    """Run to its end in a thread: Playwright's own event loop occupies this one."""
    with ThreadPoolExecutor(max_workers=1) as threads:
        return threads.submit(asyncio.run, work).result()


@contextmanager
def open_chromium() -> Iterator[Browser]:
    path = os.environ.get("CHASQUI_CHROMIUM") or shutil.which("chromium")
    if path is None:
        raise FileNotFoundError("no Chromium: install it, or name it in CHASQUI_CHROMIUM")
    sandbox = ("--no-sandbox",) if os.geteuid() == 0 else ()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=[*_ARGUMENTS, *sandbox], timeout=60_000
        )
        yield browser
        browser.close()


class Complaints:
    """Everything that a page complained about: script errors, policy violations, failed loads."""

    def __init__(self, page: Page) -> None:
        self.found: list[str] = []
        page.on("pageerror", lambda error: self.found.append(f"error: {error}"))
        page.on("requestfailed", self._note_failure)
        page.on(
            "console",
            lambda message: (
                self.found.append(f"{message.type}: {message.text}")
                if message.type in ("error", "warning")
                else None
            ),
        )

    def _note_failure(self, request: Request) -> None:
        # Leaving a page gives up what it still loads; that is no fault of the page.
        if request.failure != "net::ERR_ABORTED":
            self.found.append(f"failed: {request.url}: {request.failure}")
