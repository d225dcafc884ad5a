"""The auditor's own files as the file system tells them: answers that other files gave are not trusted."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from hashlib import blake2b
from pathlib import Path

from massgen_audit.tree import identity

FOLDER = str(Path(__file__).parent)


@cache
def state_of(folder: str) -> str:
    """Tells any two states of the Python files under a folder apart; one that cannot be listed is like no other."""
    state = blake2b(digest_size=16)
    try:
        for path, found in _files(folder):
            state.update(f"{path}\0{identity(found)}\n".encode("utf-8", "surrogateescape"))
    except OSError:
        return os.urandom(16).hex()
    return state.hexdigest()


def _files(folder: str) -> Iterator[tuple[str, os.stat_result]]:
    folders = [folder]
    for inner in folders:
        for entry in sorted(os.scandir(inner), key=lambda entry: entry.name):
            if entry.name.endswith(".py"):
                yield entry.path, entry.stat()
            elif entry.is_dir() and entry.name != "__pycache__":
                folders.append(entry.path)
