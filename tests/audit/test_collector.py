"""The cycle collector rests while an audit runs, however it is called, and is as it was afterwards."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from threading import Event, Thread

import pytest

from massgen_audit.api import audit_tree
from massgen_audit.collector import uncollected
from massgen_audit.skeleton import SKELETON
from massgen_audit.tree import MemoryTree


class Watched(MemoryTree):
    """A tree that notes at every read whether there is collection."""

    def __init__(self) -> None:
        super().__init__(SKELETON)
        self.collecting: set[bool] = set()

    def read(self, path: str) -> bytes:
        self.collecting.add(gc.isenabled())
        return super().read(path)


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    yield
    gc.enable()


@pytest.mark.parametrize("enabled", [True, False])
def test_an_audit_from_a_program_runs_without_collection_and_leaves_it_as_it_was(enabled: bool) -> None:
    (gc.enable if enabled else gc.disable)()
    tree = Watched()
    audit_tree(tree)
    assert tree.collecting == {False}
    assert gc.isenabled() is enabled


def test_an_error_puts_collection_back() -> None:
    with pytest.raises(ZeroDivisionError), uncollected:
        _ = 1 / 0
    assert gc.isenabled()


def test_the_last_of_blocks_that_overlap_puts_collection_back() -> None:
    inside, leave = Event(), Event()

    def other() -> None:
        with uncollected:
            inside.set()
            leave.wait(10)

    thread = Thread(target=other)
    with uncollected:
        thread.start()
        assert inside.wait(10)
    assert not gc.isenabled()
    leave.set()
    thread.join()
    assert gc.isenabled()
