"""Where source comes from: a directory, or a mapping in memory. The engine reads through this port and nothing else."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Protocol

MAX_BYTES = 4_000_000
SETTLING = 2.0  # seconds: no file system in use has a coarser clock
SKIPPED_DIRECTORIES = frozenset(
    {".git", ".hg", ".venv", "venv", "node_modules", "__pycache__", "build", "dist", ".mypy_cache", ".ruff_cache"}
)
# What a backend's integration points can live in; anything else is never listed.
SUFFIXES = (".py", ".yaml", ".yml", ".rst", ".md")


class Unreadable(Exception):
    """A file is there and cannot be used; the message says why, without the path."""


class Tree(Protocol):
    """Files of one checkout, by path relative to its root with `/`."""

    @property
    def root(self) -> str:
        """A name for the checkout, for people."""
        ...

    @property
    def unlisted(self) -> Mapping[str, str]:
        """Directories that could not be looked into, and why."""
        ...

    def paths(self) -> tuple[str, ...]:
        """Every candidate file, sorted."""
        ...

    def read(self, path: str) -> bytes:
        """The bytes of one file. Raises FileNotFoundError, or Unreadable if it must not or cannot be read."""
        ...

    def mark(self, path: str) -> str | None:
        """What no other content ever has, told without reading the file; None where nothing tells it."""
        ...


class MemoryTree:
    """A tree made of texts: what examples, tests and fixes work on."""

    def __init__(self, files: Mapping[str, str | bytes], root: str = "memory") -> None:
        self._files = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
        self.root = root
        self.unlisted: Mapping[str, str] = {}

    def paths(self) -> tuple[str, ...]:
        return tuple(sorted(path for path in self._files if path.endswith(SUFFIXES)))

    def read(self, path: str) -> bytes:
        try:
            return self._files[path]
        except KeyError:
            raise FileNotFoundError(path) from None

    def mark(self, path: str) -> str | None:
        return None


class DirectoryTree:
    """A checkout on disk. Links that leave it, and files above `MAX_BYTES`, are refused, never followed."""

    def __init__(self, root: Path, now: Callable[[], float] = time.time) -> None:
        self._began = now()
        self._root = root.resolve()
        self._name = str(self._root)
        self.root = str(root)
        self._found: dict[str, bool] | None = None
        self._stats: dict[str, os.stat_result | None] = {}
        self._unlisted: dict[str, str] = {}

    @property
    def unlisted(self) -> Mapping[str, str]:
        self._listed()
        return self._unlisted

    def paths(self) -> tuple[str, ...]:
        return tuple(sorted(self._listed()))

    def stat(self, path: str) -> os.stat_result | None:
        """What the file system says of a file when it is first asked for, behind a link of the file it leads to; None
        if it cannot say.
        """
        if path not in self._stats:
            try:
                self._stats[path] = os.stat(f"{self._name}/{path}")
            except (OSError, ValueError):
                self._stats[path] = None
        return self._stats[path]

    def mark(self, path: str) -> str | None:
        """The identity of a regular file, if it is older than the tick of the clock in which it could change again."""
        found = self.stat(path) if self._listed().get(path) else None
        settled = found is not None and max(found.st_mtime, found.st_ctime) < self._began - SETTLING
        return identity(found) if settled else None

    def _listed(self) -> dict[str, bool]:
        """Every candidate file, with whether it is a regular file reached without a link."""
        if self._found is None:
            walk = _Walk(self._root)
            self._found = dict(pair for name in ("massgen", "docs", "tests") for pair in walk(self._root / name, name))
            self._unlisted = walk.unlisted
        return self._found

    def read(self, path: str) -> bytes:
        place = self._root / path
        try:
            if not self._listed().get(path):
                _refuse(place, self._root)
            with place.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
        except FileNotFoundError:
            raise
        except (OSError, RuntimeError) as error:
            raise Unreadable(f"cannot be read ({type(error).__name__})") from None
        if len(data) > MAX_BYTES:
            raise Unreadable(f"larger than {MAX_BYTES:,} bytes")
        return data


def identity(found: os.stat_result | None) -> str:
    """A file as the file system tells it: where it is, its size, and the times of its content and of its node, so that
    setting the time of its content back hides nothing.
    """
    if found is None:
        return "absent"
    return f"{found.st_dev} {found.st_ino} {found.st_mode} {found.st_size} {found.st_mtime_ns} {found.st_ctime_ns}"


def _refuse(place: Path, root: Path) -> None:
    """Raises Unreadable for what is not a regular file inside the checkout."""
    if not place.resolve().is_relative_to(root):
        raise Unreadable("a link that leaves the checkout")
    if place.exists() and not place.is_file():
        raise Unreadable("not a regular file")


class _Walk:
    """Files under a directory, each directory of the checkout once: under its own name rather than that of a link."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._seen = {root}
        self.unlisted: dict[str, str] = {}

    def __call__(self, directory: Path, prefix: str) -> Iterator[tuple[str, bool]]:
        try:
            real = directory.resolve()
        except (OSError, RuntimeError) as error:
            self.unlisted[prefix] = f"cannot be read ({type(error).__name__})"
            return
        if real in self._seen or not real.is_relative_to(self._root):
            return
        self._seen.add(real)
        for entry in self._entries(real, prefix):
            name = f"{prefix}/{entry.name}"
            if _is_directory(entry):
                if entry.name not in SKIPPED_DIRECTORIES:
                    yield from self(Path(entry.path), name)
            elif entry.name.endswith(SUFFIXES):
                yield name, entry.is_file(follow_symlinks=False)

    def _entries(self, directory: Path, prefix: str) -> list[os.DirEntry[str]]:
        try:
            return sorted(os.scandir(directory), key=lambda entry: (entry.is_symlink(), entry.name))
        except FileNotFoundError:
            return []
        except OSError as error:
            self.unlisted[prefix] = f"cannot be read ({type(error).__name__})"
            return []


def _is_directory(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False  # a link that leads in a circle: a file that cannot be read


def find_root(start: Path) -> Path | None:
    """The nearest directory at or above `start` that holds `massgen/backend/base.py`."""
    start = start.resolve()
    for candidate in (start, *start.parents):
        if (candidate / "massgen" / "backend" / "base.py").is_file():
            return candidate
    return None
