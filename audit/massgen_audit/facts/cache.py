"""Facts kept between runs in the user's cache directory, one file per checkout, keyed by content.

Verdicts are kept elsewhere (`massgen_audit.kept`). A file that is missing, foreign or damaged counts as empty.
"""

from __future__ import annotations

import os
import pickle
import tempfile
from hashlib import blake2b
from io import BytesIO
from pathlib import Path
from typing import Any

# Raised whenever the shape or the meaning of a fact changes.
VERSION = 5
_FACTS_MODULE = "massgen_audit.facts.shapes"


class _Facts(pickle.Unpickler):
    """Loads the fact tuples and plain containers; refuses every other class, so a planted file can do nothing."""

    def find_class(self, module: str, name: str) -> Any:
        if module == _FACTS_MODULE and "." not in name:
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} is not a fact")


class NoCache:
    """Keeps nothing."""

    def get(self, key: bytes) -> Any | None:
        return None

    def put(self, key: bytes, facts: Any) -> None:
        return

    def save(self) -> None:
        return


class FactCache:
    """Reads its file at the first question and writes it, atomically, only if something was added."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._kept: dict[bytes, bytes] | None = None
        self._used: dict[bytes, bytes] = {}
        self._grown = False

    def get(self, key: bytes) -> Any | None:
        if self._kept is None:
            self._kept = _load(self._file)
        packed = self._used.get(key) or self._kept.get(key)
        if packed is None:
            return None
        self._used[key] = packed
        return _unpack(packed)

    def put(self, key: bytes, facts: Any) -> None:
        self._used[key] = pickle.dumps(facts, protocol=5)
        self._grown = True

    def save(self) -> None:
        """Writes what this run used, so that entries of files that changed or left do not pile up."""
        if not self._grown:
            return
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self._file.parent, prefix=self._file.name)
            with os.fdopen(handle, "wb") as out:
                pickle.dump(self._used, out, protocol=5)
            Path(name).replace(self._file)
        except OSError:
            return  # a read-only home makes the next run slower and nothing else


def cache_file(root: str, cache_home: Path) -> Path:
    """Where the facts of the checkout at `root` are kept under `cache_home`."""
    name = blake2b(root.encode("utf-8", "surrogateescape"), digest_size=10).hexdigest()
    return cache_home / "massgen-audit" / f"facts-{VERSION}" / f"{name}.bin"


def _load(file: Path) -> dict[bytes, bytes]:
    try:
        kept = _unpack(file.read_bytes())
    except OSError:
        return {}
    return kept if isinstance(kept, dict) else {}


def _unpack(data: bytes) -> Any | None:
    try:
        return _Facts(BytesIO(data)).load()
    except Exception:
        return None
