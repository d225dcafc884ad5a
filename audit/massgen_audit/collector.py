"""Python's cycle collector, kept from running while an audit does.

Nearly all that an audit makes lives until its end, so that collecting is time for nothing. It also is a danger: in
CPython 3.11 `ast.parse` fails with "AST constructor recursion depth mismatch" where a collection in the middle of it
ends a generator that parses something itself.
"""

from __future__ import annotations

import gc
from contextlib import ContextDecorator
from threading import Lock


class _Uncollected(ContextDecorator):
    """Blocks may nest, and overlap in threads: the last to end puts the collector back as it was."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._inside = 0
        self._enabled = False

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside:
                self._enabled = gc.isenabled()
                gc.disable()
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside and self._enabled:
                gc.enable()


uncollected = _Uncollected()
"""No cycle collector for the length of a block, or as a decorator of a function."""
