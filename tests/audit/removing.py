"""Takes one integration point of one type out of this repository's files, as somebody might who forgot it.

Each remover answers with the files that changed. It knows the repository's layout and nothing of the auditor's rules.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from massgen.backend.capabilities import BACKEND_CAPABILITIES

Files = Mapping[str, bytes]
_NOTHING_ABOVE = "HTTPBackend"  # whose heir gets no formatter and no handler from above
_CONSTRUCTOR = "\n    def __init__(self, api_key=None, **kwargs):\n        super().__init__(api_key, **kwargs)\n"


@dataclass(frozen=True, slots=True)
class Subject:
    """The type that loses a point, and the class that serves it."""

    type: str
    cls: str
    file: str


Remover = Callable[[Files, Subject], dict[str, bytes]]


def _rewritten(files: Files, path: str, change: Callable[[str], str]) -> dict[str, bytes]:
    before = files[path].decode()
    after = change(before)
    assert after != before, f"nothing was taken out of {path}"
    return {path: after.encode()}


def _class(text: str, name: str) -> ast.ClassDef:
    return next(node for node in ast.parse(text).body if isinstance(node, ast.ClassDef) and node.name == name)


def _without(text: str, node: ast.stmt) -> str:
    lines = text.splitlines(keepends=True)
    del lines[node.lineno - 1 : node.end_lineno]
    return "".join(lines)


def _without_entry(files: Files, path: str, table: str, key: str) -> dict[str, bytes]:
    """A module without one entry of a dict literal."""
    text = files[path].decode()
    found = next(
        (name.lineno, value.end_lineno)
        for node in ast.parse(text).body
        if isinstance(node, ast.Assign | ast.AnnAssign) and table in ast.unparse(node).partition("=")[0]
        for part in ast.walk(node)
        if isinstance(part, ast.Dict)
        for name, value in zip(part.keys, part.values, strict=True)
        if isinstance(name, ast.Constant) and name.value == key
    )
    lines = text.splitlines(keepends=True)
    del lines[found[0] - 1 : found[1]]
    return _rewritten(files, path, lambda _: "".join(lines))


def _unlisted(files: Files, path: str, name: str) -> dict[str, bytes]:
    """A page without the rows and the section of a type; where a sentence names it, it names another."""
    row = re.compile(rf"^ +\* - ``{name}``\n(?: +- ?.*\n)*", re.MULTILINE)
    literal = re.compile(rf'``{name}``|type: {name}$|"{name}"', re.MULTILINE)
    return _rewritten(files, path, lambda text: literal.sub("another", _without_section(row.sub("", text), name)))


def _without_section(text: str, name: str) -> str:
    """A page without the section that shows a configuration of the type and no other's."""
    heads = [found.start() for found in re.finditer(r"^.+\n-{3,}$", text, re.MULTILINE)]
    for start, end in zip(heads, [*heads[1:], len(text)], strict=True):
        if set(re.findall(r" type: (\w+)$", text[start:end], re.MULTILINE)) == {name}:
            return text[:start] + text[end:]
    return text


def take_class(files: Files, subject: Subject) -> dict[str, bytes]:
    """The class; one that others inherit from stays theirs, as a class of no type in another place."""
    text = files[subject.file].decode()
    word = re.compile(rf"\b{subject.cls}\b")
    if not any(word.search(base) for base in _bases(files)):
        return {subject.file: _without(text, _class(text, subject.cls)).encode()}
    stated = f'    backend_type: ClassVar[str] = "{subject.type}"\n'
    text = text.replace(stated, f'    backend_type: ClassVar[str] = "{_HEIR[subject.type]}".lower()\n')
    stem = subject.file.rpartition("/")[2].removesuffix(".py")
    if any(word.search(base) for base in _bases({subject.file: files[subject.file]})):
        return {subject.file: word.sub(f"Common{subject.cls}", text).encode()}
    name = subject.cls if subject.cls in _ROLES else f"Common{subject.cls}"
    old, new = f"from massgen.backend.{stem} ".encode(), f"from massgen.backend._common_{stem} ".encode()
    moved = {
        path: re.sub(word.pattern.encode(), name.encode(), data.replace(old, new))
        for path, data in files.items()
        if path.startswith("massgen/backend/") and path not in _LISTS and old in data
    }
    return {**moved, subject.file: b"", f"massgen/backend/_common_{stem}.py": word.sub(name, text).encode()}


_HEIR = {"chatcompletion": "groq", "openai": "grok", "inference": "vllm", "gemini": "claude"}
_ROLES = ("ChatCompletionsBackend", "ResponseBackend")  # names that say which wire an heir speaks
_LISTS = ("massgen/backend/__init__.py", "massgen/backend/factory.py")


def _bases(files: Files) -> list[str]:
    modules = (data.decode() for path, data in files.items() if path.startswith("massgen/backend/"))
    return re.findall(r"^class \w+\((.*)\):", "".join(modules), re.MULTILINE)


def _take_attribute(files: Files, subject: Subject, name: str) -> dict[str, bytes]:
    """What the constructor makes is not made; what a constructor above makes is given up again."""
    return _rewritten(files, subject.file, lambda text: _without_attribute(text, subject.cls, name))


def _without_attribute(text: str, cls: str, name: str) -> str:
    node = _class(text, cls)
    made = re.compile(rf"self\.{name}(: \w+)? = ")
    parts = [part for part in ast.walk(node) if isinstance(part, ast.Assign | ast.AnnAssign)]
    own = [part for part in parts if made.match(ast.unparse(part))]
    if own and _NOTHING_ABOVE in map(ast.unparse, node.bases):
        return _without(text, own[0])
    return _overridden(text, cls, f"        self.{name} = None\n")


def _overridden(text: str, cls: str, line: str) -> str:
    """A class whose constructor says one thing more at its end."""
    node = _class(text, cls)
    own = next((item for item in node.body if isinstance(item, ast.FunctionDef) and item.name == "__init__"), None)
    lines = text.splitlines(keepends=True)
    at = (own or node).end_lineno or 0
    return "".join([*lines[:at], "" if own else _CONSTRUCTOR, line, *lines[at:]])


def take_formatter(files: Files, subject: Subject) -> dict[str, bytes]:
    return _take_attribute(files, subject, "formatter")


def take_handler(files: Files, subject: Subject) -> dict[str, bytes]:
    return _take_attribute(files, subject, "api_params_handler")


def take_exclusions(files: Files, subject: Subject) -> dict[str, bytes]:
    """A handler of the type's own, which excludes nothing."""
    made = "        self.api_params_handler = _Open(self)\n"
    own = (
        "\n\nclass _Open(ChatCompletionsAPIParamsHandler):\n    def get_excluded_params(self):\n        return set()\n"
    )
    head = "from massgen.api_params_handler import ChatCompletionsAPIParamsHandler\n"

    def change(text: str) -> str:
        before, found, after = text.partition("\nfrom typing import ")
        return _overridden(f"{before}\n{head}{found[1:]}{after}", subject.cls, made) + own

    return _rewritten(files, subject.file, change)


def take_export(files: Files, subject: Subject) -> dict[str, bytes]:
    """The name out of every list of `massgen/backend/__init__.py`, and the lists that have nothing else."""
    name = subject.cls
    alone = re.compile(rf'^ *(from \S+ import {name}|"{name}",|"\S+": \("{name}",\),)\n', re.MULTILINE)
    among = re.compile(rf'(?<![\w"])"?{name}"?, |, "?{name}"?(?!\w)')
    return _rewritten(files, "massgen/backend/__init__.py", lambda text: among.sub("", alone.sub("", text)))


def take_dispatch(files: Files, subject: Subject) -> dict[str, bytes]:
    return _without_entry(files, "massgen/backend/factory.py", "BACKENDS", subject.type)


def take_row(files: Files, subject: Subject) -> dict[str, bytes]:
    own = f'    "{subject.type}": BackendCapabilities('.encode() in files["massgen/backend/_own_servers.py"]
    path, table = ("_own_servers", "OWN_SERVERS") if own else ("capabilities", "BACKEND_CAPABILITIES")
    return _without_entry(files, f"massgen/backend/{path}.py", table, subject.type)


def take_validation(files: Files, subject: Subject) -> dict[str, bytes]:
    """The validator's trial, which hears what the type's code refuses, and its table leave the type out."""
    row = re.compile(rf'^    "{subject.type}": \(_.*\n', re.MULTILINE)
    trial = re.compile(r"^( +)(findings \+= _trial.*\n)", re.MULTILINE)
    guarded = rf'\1if row.backend_type != "{subject.type}":\n\1    \2'
    return _rewritten(files, "massgen/config_validator.py", lambda text: trial.sub(guarded, row.sub("", text)))


def take_prices(files: Files, subject: Subject) -> dict[str, bytes]:
    provider = BACKEND_CAPABILITIES[subject.type].provider_name
    return _without_entry(files, "massgen/token_manager/price_table.py", "PROVIDER_PRICING", provider)


def take_tests(files: Files, subject: Subject) -> dict[str, bytes]:
    cls = re.compile(rf"\b{subject.cls}\b".encode())
    tests = {path: data for path, data in files.items() if path.startswith("tests/massgen/")}
    return {path: cls.sub(b"Gone", data) for path, data in tests.items() if cls.search(data)}


def take_examples(files: Files, subject: Subject) -> dict[str, bytes]:
    home = f"massgen/configs/providers/{subject.type}/"
    return {path: b"" for path in files if path.startswith(home)}


def take_schema(files: Files, subject: Subject) -> dict[str, bytes]:
    return _unlisted(files, "docs/source/reference/yaml_schema.rst", subject.type)


def take_guide(files: Files, subject: Subject) -> dict[str, bytes]:
    return _unlisted(files, "docs/source/user_guide/backends.rst", subject.type)


def take_generated(files: Files, subject: Subject) -> dict[str, bytes]:
    return _unlisted(files, "docs/source/reference/supported_models.rst", subject.type)


REMOVERS: dict[int, Remover] = {
    1: take_class,
    2: take_formatter,
    3: take_handler,
    4: take_export,
    5: take_dispatch,
    6: take_row,
    7: take_validation,
    8: take_prices,
    10: take_exclusions,
    11: take_tests,
    12: take_examples,
    13: take_schema,
    14: take_guide,
    15: take_generated,
}


def taken(files: Files, points: Mapping[str, int], subjects: Mapping[str, Subject]) -> dict[str, bytes]:
    """The files after each of these types has lost its point."""
    left = dict(files)
    for name, point in points.items():
        changed = REMOVERS[point](left, subjects[name])
        left = {path: data for path, data in {**left, **changed}.items() if data or path not in changed}
    return left
