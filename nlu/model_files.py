"""Which trained model belongs to which inputs, and whether the file on disk is the one that was
trained (SEC-69).

`models/current` names the model and its SHA-256. A model's name is the digest of everything it was
trained from.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

NLU = Path(__file__).resolve().parent
MODELS = NLU / "models"
_TRAINED_FROM = ("domain.yml", "rules.yml", "config.yml", "requirements.lock", "topic_rules.py")


class ModelError(RuntimeError):
    """There is no model, or it is not the file that the manifest names."""


class Manifest(NamedTuple):
    """The content of `models/current`."""

    model: str
    sha256: str


def _inputs() -> Iterator[Path]:
    yield from (NLU / name for name in _TRAINED_FROM)
    yield from sorted((NLU / "components").glob("*.py"))
    yield from sorted((NLU / "components").glob("*.tsv"))
    yield from sorted((NLU / "components").glob("*.npz"))
    yield from sorted((NLU / "data").rglob("*.yml"))
    yield from sorted((NLU / "danger").glob("*.jsonl"))
    yield from sorted((NLU / "wishes").glob("*.yml"))


def digest_of_inputs() -> str:
    """Changes whenever a file that the training reads changes, appears or goes."""
    digest = hashlib.sha256()
    for path in _inputs():
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(NLU).as_posix()} {content}\n".encode())
    return digest.hexdigest()[:16]


def sha256_of(path: Path) -> str:
    """The digest of a file, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for piece in iter(lambda: file.read(1 << 20), b""):
            digest.update(piece)
    return digest.hexdigest()


def write_manifest(models: Path, model: Path) -> None:
    """Make a model the current one, in one step."""
    manifest = {"model": model.name, "sha256": sha256_of(model)}
    waiting = models / "current.tmp"
    waiting.write_text(json.dumps(manifest) + "\n", encoding="utf-8")
    waiting.replace(models / "current")


def read_manifest(models: Path) -> Manifest:
    """The current model's name and digest; ModelError if there is none."""
    try:
        stored = json.loads((models / "current").read_text(encoding="utf-8"))
        return Manifest(str(stored["model"]), str(stored["sha256"]))
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise ModelError(f"{models / 'current'}: {type(problem).__name__}; run train.py") from None


def verified_model(models: Path) -> Path:
    """The current model's file, after its digest was compared; ModelError if anything differs."""
    manifest = read_manifest(models)
    path = models / manifest.model
    if Path(manifest.model).name != manifest.model or path.is_symlink() or not path.is_file():
        raise ModelError(f"{path}: not a plain file beside its manifest; run train.py")
    if sha256_of(path) != manifest.sha256:
        raise ModelError(f"{path}: not the file that was trained; run train.py")
    return path
