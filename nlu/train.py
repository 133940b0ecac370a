"""Trains the model if its inputs changed: `nlu/.venv/bin/python nlu/train.py [--models FOLDER]`.

It reads and writes inside nlu/ only, and sends nothing anywhere.
"""

import argparse
import fcntl
import os
import shutil
import sys
import tempfile
import time
import warnings
from pathlib import Path

import scrubbed_logs
from model_files import MODELS, NLU, ModelError, digest_of_inputs, verified_model, write_manifest

QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "CUDA_VISIBLE_DEVICES": "",
    # A message's arithmetic is too little to be shared out: threads would wait for each other.
    "OPENBLAS_NUM_THREADS": "1",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "LOG_LEVEL": "WARNING",  # above it Rasa draws bars that say little and fill a log
}


def _is_current(models: Path, name: str) -> bool:
    try:
        return verified_model(models).name == name
    except ModelError:
        return False


def _train(folder: Path, name: str) -> Path:
    os.environ.update(QUIET, RASA_CACHE_DIRECTORY=str(folder / "cache"), RASA_MAX_CACHE_SIZE="0")
    scrubbed_logs.install()
    # Rasa warns that none of its own components reads lookups and synonyms; PhraseExtractor does.
    warnings.filterwarnings("ignore")
    import rasa

    result = rasa.train(
        domain=str(NLU / "domain.yml"),
        config=str(NLU / "config.yml"),
        training_files=[str(NLU / "data"), str(NLU / "rules.yml")],
        output=str(folder),
        fixed_model_name=name,
        force_training=True,
    )
    if result.code != 0 or not result.model:
        raise SystemExit("training failed")
    return Path(result.model)


def _keep_only(models: Path, name: str) -> None:
    for path in models.glob("*.tar.gz"):
        if path.name != name:
            path.unlink()


def _bring_up_to_date(models: Path) -> None:
    digest = digest_of_inputs()
    name = f"{digest}.tar.gz"
    if _is_current(models, name):
        print(f"model up to date: {digest}")
        return
    print(f"training model {digest} …", flush=True)
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(dir=models) as folder:
        shutil.move(str(_train(Path(folder), name)), str(models / name))
    write_manifest(models, models / name)
    _keep_only(models, name)
    size = (models / name).stat().st_size / 1e6
    print(f"model trained: {digest} in {time.monotonic() - begun:.0f} s, {size:.1f} MB")


def main(arguments: list[str] | None = None) -> int:
    """Train, one process at a time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=Path, default=MODELS, help="folder of the trained models")
    models: Path = parser.parse_args(arguments).models.resolve()
    models.mkdir(parents=True, exist_ok=True)
    with (models / "lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _bring_up_to_date(models)
    return 0


if __name__ == "__main__":
    sys.exit(main())
