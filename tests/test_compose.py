"""The cluster in containers: nothing runs as root, nothing is open that need not be.

There is no container engine where this runs, so the file is read, not started; the commands that it
holds are the command line's own.
"""

import re
from pathlib import Path
from typing import Any

import yaml
from typer.main import get_command

from hub.cli.main import app
from hub.config import Environment

ROOT = Path(__file__).parent.parent
FILE = yaml.safe_load((ROOT / "compose.yml").read_text(encoding="utf8"))
SERVICES: dict[str, dict[str, Any]] = FILE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf8")


def test_every_process_of_a_cluster_is_there() -> None:
    assert set(SERVICES) == {"postgres", "migrate", "web", "worker", "nlu"}
    assert SERVICES["worker"]["deploy"]["replicas"] >= 2


def test_commands_and_settings_exist() -> None:
    commands = get_command(app).commands  # type: ignore[attr-defined]
    for name, service in OURS.items():
        if name == "nlu":
            continue
        command, *options = service["command"]
        known = {each for option in commands[command].params for each in option.opts}
        assert {each for each in options if each.startswith("--")} <= known
        fields = {each.upper() for each in Environment.model_fields}
        assert set(service["environment"]) <= fields
    read = (ROOT / "nlu" / "serve.py").read_text(encoding="utf8")
    read += (ROOT / "nlu" / "turn_request.py").read_text(encoding="utf8")
    assert all(each in read for each in SERVICES["nlu"]["environment"])


def test_nothing_of_ours_runs_as_root_or_writes_where_it_need_not() -> None:
    # SEC-29: reachable from this machine only; a proxy stands before it
    for name, service in OURS.items():
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
    for stage in ("hub", "nlu"):
        text = re.search(rf" AS {stage}\n(.*?)(?=\nFROM|\Z)", DOCKERFILE, re.DOTALL)
        assert text is not None
        assert re.search(r"^USER 10001$", text[1], re.MULTILINE), stage
    for service in SERVICES.values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))


def test_the_database_and_rasa_are_not_on_the_network_outside() -> None:
    assert FILE["networks"]["inside"]["internal"] is True
    for name in ("postgres", "migrate", "nlu"):
        assert SERVICES[name]["networks"] == ["inside"]


def test_a_database_that_is_still_being_made_does_not_count_as_healthy() -> None:
    # The official image makes a new database with a server that listens on the socket alone; a
    # check without an address finds that one, and `migrate` would start and be refused.
    assert "--host=127.0.0.1" in SERVICES["postgres"]["healthcheck"]["test"]


def test_what_is_copied_exists_and_no_secret_goes_to_the_builder() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf8").splitlines()
    assert ignored[1] == "*"  # all that is not named
    let_in = {line[1:] for line in ignored if line.startswith("!")}
    assert not let_in & {".env", "var", "keys.json", ".git", "."}
    for line in re.findall(r"^COPY (?!--)(.*)$", DOCKERFILE, re.MULTILINE):
        for source in line.split()[:-1]:
            assert (ROOT / source).exists(), source
            assert source.split("/")[0] in let_in, source
