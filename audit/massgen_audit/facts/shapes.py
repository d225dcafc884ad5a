"""Facts about one file, as plain tuples: what the model is built from and what the cache stores.

Lines and columns count from 1, columns in code points. A `Value` is what a literal or a name at a call site says:
`("str", "content")`, `("const", "True")`, `("name", "ChunkType.DONE")`, `("call", "Field")`, or `("", "")` for anything
else.
"""

from __future__ import annotations

from typing import NamedTuple

Value = tuple[str, str]
DYNAMIC: Value = ("", "")


class Place(NamedTuple):
    line: int
    col: int
    end_line: int
    end_col: int


class Import(NamedTuple):
    """One bound name. `name` is empty for `import module`; `guarded` is true under `try` or `if`."""

    module: str
    level: int
    name: str
    asname: str
    place: Place
    guarded: bool

    @property
    def bound(self) -> str:
        return self.asname or self.name or self.module.split(".")[0]


class Call(NamedTuple):
    """A call of a dotted name: `self.m`, `super().m`, `os.getenv`, `StreamChunk`."""

    chain: str
    place: Place
    args: tuple[Value, ...]
    keywords: tuple[tuple[str, Value], ...]

    def keyword(self, name: str) -> Value | None:
        return next((value for key, value in self.keywords if key == name), None)


class Function(NamedTuple):
    """A function or method; the calls of functions nested in it are its own, their yields are not."""

    name: str
    place: Place
    is_async: bool
    yields: bool
    abstract: bool
    decorators: tuple[str, ...]
    params: tuple[str, ...]
    open_ended: bool  # takes **kwargs
    calls: tuple[Call, ...]
    references: tuple[str, ...]  # dotted names used as values, e.g. a method handed over
    raises: tuple[tuple[str, Place], ...]
    handlers: tuple[tuple[str, Place], ...]  # `except` clauses: the caught names
    relays: bool  # yields what it iterates over unchanged


class Class(NamedTuple):
    name: str
    place: Place
    bases: tuple[str, ...]
    methods: tuple[Function, ...]
    attributes: tuple[tuple[str, Place, Value], ...]  # class-level assignments
    enum: bool

    def method(self, name: str) -> Function | None:
        return next((method for method in self.methods if method.name == name), None)


class Table(NamedTuple):
    """A dict literal with string keys bound to a name, or `name["key"] = ...` statements gathered under that name."""

    name: str
    owner: str  # class name, or empty at module level
    place: Place
    entries: tuple[tuple[str, Place, Value], ...]  # place of the key; what the value is, if it is a literal or name


class Export(NamedTuple):
    """One element of `__all__`."""

    name: str
    place: Place


class Module(NamedTuple):
    path: str
    imports: tuple[Import, ...]
    classes: tuple[Class, ...]
    functions: tuple[Function, ...]
    tables: tuple[Table, ...]
    exports: tuple[Export, ...]
    exports_place: Place | None  # the statement that starts `__all__`
    assigned: tuple[tuple[str, Place], ...]  # module-level names

    def function(self, name: str) -> Function | None:
        return next((function for function in self.functions if function.name == name), None)

    def table(self, name: str) -> Table | None:
        return next((table for table in self.tables if table.name == name), None)

    def bindings(self) -> set[str]:
        """The names that exist at module level."""
        return (
            {item.bound for item in self.imports}
            | {item.name for item in self.classes}
            | {item.name for item in self.functions}
            | {name for name, _ in self.assigned}
        )


class YamlBackend(NamedTuple):
    """A `backend:` mapping of an example configuration."""

    type: str
    place: Place
    model: str
    base_url: str


class Window(NamedTuple):
    """A run of statements of one block; `start` and `end` count its statements, `before` and `until` their nodes."""

    fingerprint: bytes
    block: int
    start: int
    end: int
    before: int
    until: int
    line: int
    end_line: int


class Cell(NamedTuple):
    """A piece of a documentation page: a table cell, an inline literal, a heading or a code block."""

    kind: str  # "cell" | "literal" | "heading" | "code"
    text: str
    line: int
    section: str  # the nearest heading above
