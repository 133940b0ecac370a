"""The model is trained once for each set of inputs, and only the model that was trained is
served.
"""

import os
import shutil
from pathlib import Path

import pytest
import yaml

from tests.nlu.rasa_process import NLU, SECRET, run_nlu

pytestmark = [pytest.mark.rasa, pytest.mark.timeout(600)]


def _model() -> Path:
    [model] = (NLU / "models").glob("*.tar.gz")
    return model


def test_a_second_training_does_nothing(trained_model: str) -> None:
    before = _model().stat()
    again = run_nlu("train.py")
    assert again.stdout.startswith("model up to date: ")
    assert (_model().stat().st_mtime_ns, _model().stat().st_ino) == (
        before.st_mtime_ns,
        before.st_ino,
    )


@pytest.fixture
def models(trained_model: str, tmp_path: Path) -> Path:
    """A copy of the models, to be spoilt."""
    return Path(shutil.copytree(NLU / "models", tmp_path / "models"))


def _refusal(models: Path) -> str:
    ended = run_nlu("serve.py", "--models", str(models), CHASQUI_NLU_SECRET=SECRET)
    assert ended.returncode == 3
    return ended.stderr


def test_a_model_with_one_byte_changed_is_refused(models: Path) -> None:
    # SEC-69
    path = models / _model().name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert "not the file that was trained" in _refusal(models)


def test_a_truncated_model_is_refused(models: Path) -> None:
    # F-07, SEC-69
    os.truncate(models / _model().name, 1000)
    assert "not the file that was trained" in _refusal(models)


def test_a_link_in_place_of_the_model_is_refused(models: Path) -> None:
    # SEC-69
    path = models / _model().name
    path.rename(models / "elsewhere")
    path.symlink_to(models / "elsewhere")
    assert "not a plain file" in _refusal(models)


def test_without_a_model_it_says_how_to_make_one(tmp_path: Path) -> None:
    # F-07
    assert "run train.py" in _refusal(tmp_path)


# The hub sends these for a button; nobody's words are taken for them.
_PRESSED_ONLY = {"dialogue.inform", "dialogue.continue", "dialogue.handover"}


def test_examples_and_intents_are_the_same_set() -> None:
    intents = set(yaml.safe_load((NLU / "domain.yml").read_text())["intents"])
    files = {path.stem for path in (NLU / "data" / "es").glob("*.yml")}
    assert intents - _PRESSED_ONLY - {"nlu_fallback"} == files


def test_every_file_of_examples_teaches_the_intent_of_its_name() -> None:
    for path in NLU.glob("data/*/*.yml"):
        if path.parent.name != "lookups":
            blocks = yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]
            assert {block["intent"] for block in blocks} == {path.stem}, path


def test_the_domain_holds_no_texts() -> None:
    assert "responses" not in yaml.safe_load((NLU / "domain.yml").read_text())


def test_the_lock_names_no_server_and_hashes_everything() -> None:
    lock = (NLU / "requirements.lock").read_text()
    packages = [line for line in lock.splitlines() if line[:1].isalnum()]
    assert "://" not in lock
    assert "index" not in lock.lower().replace("index-", "index ").split()
    assert lock.count("--hash=sha256:") >= len(packages) > 50
