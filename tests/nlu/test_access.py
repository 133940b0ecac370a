"""Who may speak to Rasa, and what of Rasa can be reached at all."""

from pathlib import Path

import httpx
import pytest
import yaml

from tests.nlu.rasa_process import NLU, SECRET, Rasa, run_nlu

pytestmark = [pytest.mark.rasa, pytest.mark.timeout(600)]

MESSAGE = {"sender": "person-of-tests", "text": "hola", "choice": None, "state": None}


@pytest.mark.parametrize("secret", [None, "", SECRET[:-1], SECRET + "x", SECRET.upper()])
def test_without_the_secret_there_is_only_an_empty_403(rasa: Rasa, secret: str | None) -> None:
    # SEC-60
    response = rasa.post(MESSAGE, secret)
    assert (response.status_code, response.content) == (403, b"")


def test_a_secret_of_other_bytes_is_refused_like_any_other(rasa: Rasa) -> None:
    # SEC-60
    response = httpx.post(
        rasa.url("/webhooks/hub/turn"),
        json=MESSAGE,
        headers={b"X-Chasqui-Secret": b"\xff\xfe\xfda"},
    )
    assert response.status_code in {400, 403}


@pytest.mark.parametrize("secret", [{}, {"CHASQUI_NLU_SECRET": "too-short"}])
def test_it_does_not_start_without_a_secret_of_some_length(secret: dict[str, str]) -> None:
    # SEC-60
    ended = run_nlu("serve.py", **secret)
    assert ended.returncode == 3
    assert "CHASQUI_NLU_SECRET" in ended.stderr


def test_health_needs_no_secret_and_tells_no_more_than_the_model(rasa: Rasa) -> None:
    health = httpx.get(rasa.url("/webhooks/hub/")).json()
    assert set(health) == {"status", "model"}
    assert health["status"] == "ok"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/model"),
        ("DELETE", "/model"),
        ("POST", "/model/parse"),
        ("POST", "/model/train"),
        ("POST", "/model/test/intents"),
        ("GET", "/status"),
        ("GET", "/version"),
        ("GET", "/domain"),
        ("GET", "/conversations/person-of-tests/tracker"),
        ("POST", "/conversations/person-of-tests/tracker/events"),
        ("POST", "/conversations/person-of-tests/trigger_intent"),
        ("POST", "/webhooks/rest/webhook"),
        ("POST", "/webhooks/callback/webhook"),
        ("POST", "/webhooks/twilio/webhook"),
        ("GET", "/webhooks/telegram/set_webhook"),
        ("GET", "/socket.io/"),
    ],
)
def test_nothing_else_of_rasa_is_there(rasa: Rasa, method: str, path: str) -> None:
    # SEC-60, SEC-61, SEC-62 (PUT /model is CVE-2024-49375)
    response = httpx.request(method, rasa.url(path), headers={"X-Chasqui-Secret": SECRET})
    assert response.status_code == 404


def test_credentials_hold_our_channel_only() -> None:
    # SEC-62
    assert list(yaml.safe_load((NLU / "credentials.yml").read_text())) == ["hub_channel.HubInput"]


def test_it_listens_on_the_loopback_interface_only(rasa: Rasa) -> None:
    # SEC-60
    wanted, listening = f":{rasa.port:04X}", "0A"
    rows = [line.split() for table in ("tcp", "tcp6") for line in _table(table)]
    addresses = {row[1] for row in rows if row[1].endswith(wanted) and row[3] == listening}
    assert addresses == {"0100007F" + wanted}


def _table(name: str) -> list[str]:
    path = Path("/proc/net") / name
    return path.read_text().splitlines()[1:] if path.exists() else []


def test_telemetry_is_off() -> None:
    # SEC-68
    script = (
        "import os, train; os.environ.update(train.QUIET);"
        "from rasa.telemetry import is_telemetry_enabled; print(is_telemetry_enabled())"
    )
    assert run_nlu("-W", "ignore", "-c", script).stdout.strip() == "False"
