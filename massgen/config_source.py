"""A YAML or JSON file as data, with the place of everything in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

Json = Any
Path = tuple[str | int, ...]


class Mark(msgspec.Struct, frozen=True):
    """A place in a file, both counted from 1."""

    line: int
    column: int


class Source(msgspec.Struct, frozen=True):
    """`data` is None where the text could not be read; `faults` says why, and names keys that are written twice.

    `marks` has the place of each key (of each value, in a list) under its path, such as `("agents", 0, "backend")`.
    """

    data: Json
    marks: dict[Path, Mark]
    faults: list[tuple[Path, Mark, str]]

    def mark(self, path: Path) -> Mark | None:
        """The place of `path`, or of the nearest thing around it that is there."""
        while path not in self.marks and path:
            path = path[:-1]
        return self.marks.get(path)


def parse(text: str) -> Source:
    """Read YAML, of which JSON is a part. Never raises for what is in the text."""
    import yaml

    marks: dict[Path, Mark] = {}
    faults: list[tuple[Path, Mark, str]] = []
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        for path, place, repeated in _places(node, (), set()):  # before merge keys are merged in
            if repeated:
                faults.append((path, place, f"{path[-1]} is written twice; the last one counts"))
            marks[path] = place
        data = loader.construct_document(node) if node is not None else None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Mark(mark.line + 1, mark.column + 1) if mark else Mark(1, 1)
        return Source(None, {}, [((), place, f"not YAML: {error.problem or error.context}")])
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        return Source(None, {}, [((), Mark(1, 1), f"not YAML: {error}")])
    return Source(data, marks, faults)


def _places(node: Any, path: Path, walked: set[int]) -> Iterator[tuple[Path, Mark, bool]]:
    """`(path, place, whether the key was there already)` of everything inside `node`; an anchor is walked once."""
    import yaml

    if id(node) in walked:
        return
    walked.add(id(node))
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            yield (*path, name), Mark(key.start_mark.line + 1, key.start_mark.column + 1), name in seen
            seen.add(name)
            yield from _places(value, (*path, name), walked)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield (*path, index), Mark(item.start_mark.line + 1, item.start_mark.column + 1), False
            yield from _places(item, (*path, index), walked)
