"""The digest of a file's content, of most files without reading them.

A tree may know a mark of a file that no other content ever has: the id of an object of git, or what the file system
tells of a file that has not changed for a while. The digest that goes with a mark is kept between runs.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from typing import Any, Final, Protocol

_KEPT: Final = b"digests by mark"
_MANY: Final = 4  # times as many kept marks as the run came across: then the others go


class Cache(Protocol):
    def get(self, key: bytes) -> Any | None: ...
    def put(self, key: bytes, facts: Any) -> None: ...
    def save(self) -> None: ...


class Digests:
    """`mark` and `read` are asked by path; `read` gives None for what is not there or cannot be read."""

    def __init__(self, mark: Callable[[str], str | None], read: Callable[[str], bytes | None], cache: Cache) -> None:
        self._mark = mark
        self._read = read
        self._cache = cache
        self._found: dict[str, bytes | None] = {}
        self._kept: dict[str, bytes] | None = None
        self._marked: dict[str, bytes] = {}  # the marks of this run

    def of(self, path: str) -> bytes | None:
        """None for a file that is not there or cannot be read."""
        if path not in self._found:
            self._found[path] = self._find(path)
        return self._found[path]

    def _find(self, path: str) -> bytes | None:
        if self._kept is None:
            kept = self._cache.get(_KEPT)
            self._kept = kept if isinstance(kept, dict) else {}
        mark = self._mark(path)  # before the content is read: content that is written in between gets another one
        found = self._kept.get(mark) if mark else None
        if found is None:
            data = self._read(path)
            found = None if data is None else blake2b(data, digest_size=16).digest()
        if mark and found:
            self._marked[mark] = found
        return found

    def save(self) -> None:
        """Hands what is new to the cache."""
        kept = self._kept or {}
        if self._marked.keys() - kept.keys():
            few = len(kept) <= _MANY * len(self._marked)
            self._cache.put(_KEPT, {**kept, **self._marked} if few else self._marked)
