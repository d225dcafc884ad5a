"""YAML with the line of every value, so that a bad file is refused with the place and what is wanted there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from massgen_conformance.cassette.errors import CassetteError, UnreadableCassette

JSON = Any  # the JSON edge

VERSION: Final = 1
"""Of the form of the files. What is written in another one is refused, not guessed at."""

_MEND: Final = "mend that line, or record it again"
_RENAME: Final = "give the file a name that ends as its kind wants"
_UPDATE: Final = "use the kit that wrote it, or record it again"
_SHOWN: Final = 60
_TAG: Final = "tag:yaml.org,2002:"


class Part:
    """A value of a file: what it must be is asked of it. Each question raises `UnreadableCassette`."""

    def __init__(self, node: Any, where: str, name: str) -> None:
        self._node, self._where, self.name = node, where, name

    def wrong(self, wanted: str, mend: str = _MEND) -> UnreadableCassette:
        """What is wrong with this value, and where, and how it is put right."""
        scalar = self._kind in ("str", "int", "float")
        found = self._node.value if scalar else {"seq": "a list", "map": "a mapping"}.get(self._kind, self._kind)
        line = self._node.start_mark.line + 1
        return UnreadableCassette(f"{self._where}:{line}: {self.name} is {wanted}, not {str(found)[:_SHOWN]!r}; {mend}")

    def fields(self, required: Sequence[str], optional: Sequence[str] = ()) -> dict[str, Part]:
        """The fields of a mapping that has these and no others."""
        if self._kind != "map":
            raise self.wrong("a mapping")
        found = {key.value: Part(value, self._where, str(key.value)) for key, value in self._node.value}
        missing = [name for name in required if name not in found]
        unknown = [name for name in found if name not in (*required, *optional)]
        if missing or unknown:
            told = [f"lacks {name}" for name in missing] + [f"has the unknown field {name}" for name in unknown]
            line = self._node.start_mark.line + 1
            raise UnreadableCassette(f"{self._where}:{line}: {self.name} {', '.join(told)}; {_MEND}")
        return found

    def entries(self) -> dict[str, Part]:
        """A mapping with any names."""
        return self.fields((), [key.value for key, _ in self._node.value] if self._kind == "map" else ())

    def items(self, length: int | None = None) -> list[Part]:
        """A list, of `length` items if that is given."""
        if self._kind != "seq" or (length is not None and len(self._node.value) != length):
            raise self.wrong("a list" if length is None else f"a list of {length} items")
        return [Part(item, self._where, f"{self.name}[{number}]") for number, item in enumerate(self._node.value)]

    def data(self) -> str | bytes:
        """A text, or bytes in base64."""
        if self._kind == "binary":
            return self._bytes()
        return self.text()

    def text(self) -> str:
        if self._kind != "str":
            raise self.wrong("text in quotes")
        return str(self._node.value)

    def word(self, *words: str) -> str:
        if self._kind != "str" or self._node.value not in words:
            raise self.wrong(f"one of {', '.join(words)}")
        return str(self._node.value)

    def integer(self) -> int:
        if self._kind != "int":
            raise self.wrong("an integer")
        return int(self._node.value)

    def seconds(self) -> float:
        """A time that is not negative."""
        try:
            value = float(self._node.value) if self._kind in ("int", "float") else -1.0
        except ValueError:
            value = -1.0
        if not 0 <= value < float("inf"):
            raise self.wrong("a number of seconds")
        return value

    @property
    def _kind(self) -> str:
        return str(self._node.tag).removeprefix(_TAG)

    def _bytes(self) -> bytes:
        import base64
        import binascii

        try:
            return base64.b64decode("".join(self._node.value.split()), validate=True)
        except (binascii.Error, ValueError):
            raise self.wrong("base64") from None


def document(text: str, where: str, kind: str) -> Part:
    """The one document of a cassette of this kind and of this version. Raises `UnreadableCassette`."""
    whole = _node(text, where)
    told = whole.entries()
    if "kind" not in told:
        raise UnreadableCassette(f"{where}:1: the file does not say its kind; expected `kind: {kind}` at its top")
    if told["kind"].text() != kind:
        raise told["kind"].wrong(f"{kind!r}, as the name of the file says", _RENAME)
    if "version" not in told:
        raise UnreadableCassette(f"{where}:1: the file does not say its version; expected `version: {VERSION}`")
    if told["version"].integer() != VERSION:
        raise told["version"].wrong(f"{VERSION}, which is what this kit reads", _UPDATE)
    return whole


def _node(text: str, where: str) -> Part:
    import yaml

    if not yaml.__with_libyaml__:
        raise CassetteError("PyYAML was built without libyaml; install a PyYAML wheel that has yaml.CSafeLoader")
    try:
        loader = yaml.CSafeLoader(text)
        try:
            node = loader.get_single_node()
        finally:
            loader.dispose()
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or error
        raise UnreadableCassette(f"{where}{line}: not YAML: {problem}; {_MEND}") from error
    if node is None:
        raise UnreadableCassette(f"{where}:1: the file is empty; record it again")
    return Part(node, where, "the file")


def written(kind: str, value: dict[str, JSON]) -> str:
    """A cassette as YAML, keys in reading order; the same value always gives the same text, all ASCII."""
    import yaml

    value = {"kind": kind, "version": VERSION, **value}
    return str(yaml.dump(value, Dumper=yaml.CSafeDumper, sort_keys=False, default_flow_style=None, width=1_000_000))
