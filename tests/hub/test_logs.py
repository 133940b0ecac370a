"""Logs that nobody can forge a line in, and that libraries do not fill with addresses."""

import json
import logging

import pytest

from hub.logs import configure_logs, get_log
from tests.hub.logging_state import logging_of_a_process

FORGED = 'x\n{"event": "forged", "level": "info"}\r\n\x1b[2Jgone\x00\u2028"quoted"\\'


def test_one_event_is_one_line_whatever_it_holds(capsys: pytest.CaptureFixture[str]) -> None:
    # SEC-48
    configure_logs(as_json=True)
    get_log("part").warning("event_name", reason=FORGED, **{"od\nd": 1})
    printed = capsys.readouterr().err
    assert printed.count("\n") == 1
    assert "\r" not in printed
    assert "\x1b" not in printed
    assert "\x00" not in printed
    line = json.loads(printed)
    assert (line["event"], line["reason"], line["part"]) == ("event_name", FORGED, "part")
    assert line["level"] == "warning"
    assert line["timestamp"].endswith("Z")


def test_the_readable_form_is_no_easier_to_forge(capsys: pytest.CaptureFixture[str]) -> None:
    # SEC-48: what an operator reads in a terminal
    configure_logs(as_json=False)
    get_log("part").warning("event_name", reason=FORGED)
    printed = capsys.readouterr().err
    assert printed.count("\n") == 1
    assert "\x1b[2J" not in printed
    assert "\r" not in printed


@pytest.mark.parametrize(
    "name", ["httpx", "httpcore", "telegram", "telegram.ext", "twilio", "aiohttp.client", "urllib3"]
)
def test_libraries_do_not_tell_addresses(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    # SEC-91: Telegram's hold the bot's token
    with logging_of_a_process():
        logger = logging.getLogger(name)
        logger.debug("canary")
        logger.info("canary")
        logger.warning("told")
        logging.getLogger("another").info("told too")
    assert capsys.readouterr().err == f"{name} told\nanother told too\n"
