"""The files of a commit as a tree to audit, read from git's objects.

A link is followed within the commit and never out of it; a submodule is named and not entered. Directories are walked
as `DirectoryTree` walks them, so that a commit and its checkout give the same audit.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from hashlib import sha1, sha256
from typing import Final

from massgen_audit.git import LINK, SUBMODULE, Entry, Repository
from massgen_audit.tree import MAX_BYTES, SKIPPED_DIRECTORIES, SUFFIXES, Tree, Unreadable

_MAX_LINKS: Final = 40  # followed for one path, as kernels count
_MAX_DEPTH: Final = 100  # directories above a file
_OUTSIDE: Final = "a link that leaves the checkout"


class GitTree:
    """A context manager: git runs as long as it is open. `name` is how people call the commit.

    Raises GitError, when made, if the commit cannot be listed.
    """

    def __init__(self, repository: Repository, commit: str, name: str) -> None:
        self.root = name
        self.commit = commit
        self._repository = repository
        self._files: dict[str, Entry] = {}
        self._inside: dict[str, dict[str, None]] = {"": {}}  # what stands in each directory
        self._blobs: dict[str, bytes] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._found: dict[str, None] | None = None
        self._unlisted: dict[str, str] = {}
        for path, entry in repository.files(commit):
            self._add(path, entry)

    def __enter__(self) -> GitTree:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def _add(self, path: str, entry: Entry) -> None:
        if path.count("/") > _MAX_DEPTH:
            self._unlisted[path.partition("/")[0]] = f"has files more than {_MAX_DEPTH} directories deep"
            return
        self._files[path] = entry
        while path:
            directory, _, name = path.rpartition("/")
            known = self._inside.setdefault(directory, {})
            if name in known:
                return
            known[name] = None
            path = directory

    @property
    def unlisted(self) -> Mapping[str, str]:
        self.paths()
        return self._unlisted

    def paths(self) -> tuple[str, ...]:
        if self._found is None:
            seen: set[str] = {""}
            self._found = {path: None for name in ("massgen", "docs", "tests") for path in self._walk(name, name, seen)}
        return tuple(sorted(self._found))

    def _walk(self, directory: str, prefix: str, seen: set[str]) -> Iterator[str]:
        """Files under a directory, each directory once: under its own name rather than that of a link."""
        real = self._real(directory)
        if real is None or real in seen or real not in self._inside:
            return
        seen.add(real)
        names = ((f"{real}/{name}" if real else name, name) for name in self._inside[real])
        for path, name in sorted(names, key=lambda pair: (self._mode(pair[0]) == LINK, pair[1])):
            if self._real(path) in self._inside:
                if name not in SKIPPED_DIRECTORIES:
                    yield from self._walk(path, f"{prefix}/{name}", seen)
            elif self._mode(path) == SUBMODULE:
                self._unlisted[f"{prefix}/{name}"] = "a submodule: its files are in another repository"
            elif name.endswith(SUFFIXES):
                yield f"{prefix}/{name}"

    def read(self, path: str) -> bytes:
        real = self._followed(path)
        entry = self._files.get(real)
        if entry is None and real not in self._inside:
            raise FileNotFoundError(path)
        if entry is None or entry.mode == SUBMODULE:
            raise Unreadable("not a regular file")
        return self._blob(entry)

    def mark(self, path: str) -> str | None:
        entry = self._files.get(self._real(path) or "")
        return entry.oid if entry is not None and entry.mode != SUBMODULE else None

    def same(self, path: str, other: Tree) -> bool:
        """Whether a file is the same in another tree, or is in neither. Line ends that git may have converted at
        checkout make no difference.
        """
        mine = self._id(path)
        if isinstance(other, GitTree):
            return mine == other._id(path)
        try:
            data = other.read(path)
        except FileNotFoundError:
            return mine is None
        except Unreadable:
            return False
        if mine is None:
            return False
        return mine == blob_id(data, mine) or (b"\r\n" in data and mine == blob_id(data.replace(b"\r\n", b"\n"), mine))

    def _id(self, path: str) -> str | None:
        entry = self._files.get(self._real(path) or "")
        return entry.oid if entry else None

    def _mode(self, path: str) -> str:
        entry = self._files.get(path)
        return entry.mode if entry else ""

    def _real(self, path: str) -> str | None:
        """Where a path leads, or None for one that leads nowhere."""
        try:
            return self._followed(path)
        except Unreadable:
            return None

    def _followed(self, path: str) -> str:
        """The path without links. Raises Unreadable for one that leaves the commit or leads in a circle."""
        done: list[str] = []
        left = path.split("/")[::-1]
        links = 0
        while left:
            part = left.pop()
            if part == ".." and not done:
                raise Unreadable(_OUTSIDE)
            if part == "..":
                done.pop()
                continue
            if part in ("", "."):
                continue
            entry = self._files.get("/".join((*done, part)))
            if entry is None or entry.mode != LINK:
                done.append(part)
                continue
            links += 1
            target = os.fsdecode(self._blob(entry))
            if target.startswith("/"):
                raise Unreadable(_OUTSIDE)
            if links > _MAX_LINKS:
                raise Unreadable("a link that leads in a circle")
            left += target.split("/")[::-1]
        return "/".join(done)

    def _blob(self, entry: Entry) -> bytes:
        if entry.oid not in self._blobs:
            self._blobs[entry.oid] = self._fetched(entry)
        return self._blobs[entry.oid]

    def _fetched(self, entry: Entry) -> bytes:
        if self._process is None:
            self._process = self._repository.objects()
        try:
            return _content(self._process, entry.oid)
        except Unreadable:
            self._stop()  # what it still had to say is not read
            raise

    def _stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


def _content(process: subprocess.Popen[bytes], oid: str) -> bytes:
    """One object of `cat-file --batch`. Raises Unreadable for one that is absent, too large or damaged."""
    source, sink = process.stdout, process.stdin
    assert source is not None
    assert sink is not None
    try:
        sink.write(f"{oid}\n".encode("ascii"))
        sink.flush()
        header = source.readline().split()
        if len(header) != 3 or header[1] != b"blob":  # told missing, or git ended over it
            raise Unreadable("its content is not in this clone, or is damaged")
        size = int(header[2])
        if size > MAX_BYTES:
            raise Unreadable(f"larger than {MAX_BYTES:,} bytes")
        data = source.read(size + 1)
    except OSError as error:
        raise Unreadable(f"git does not give it ({type(error).__name__})") from None
    if len(data) != size + 1:
        raise Unreadable("git ended in the middle of it")
    return data[:-1]


def blob_id(data: bytes, like: str) -> str:
    """The id that git gives to a file with this content, by the hash of which `like` is a result."""
    hashed = sha256 if len(like) == 64 else sha1
    return hashed(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


__all__ = ["GitTree", "blob_id"]
