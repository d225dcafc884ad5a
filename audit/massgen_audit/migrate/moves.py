"""Methods that leave classes and come to others, and classes that inherit from one more: as edits of files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from massgen_audit.fixes.edit import CannotFix, FileEdit, rewritten
from massgen_audit.migrate.imports import spelled
from massgen_audit.migrate.methods import Method
from massgen_audit.model.classes import Key
from massgen_audit.model.repo import RepoModel

if TYPE_CHECKING:
    import libcst as cst


@dataclass(slots=True)
class Moves:
    """What happens to the classes of a checkout, by their keys."""

    gone: dict[Key, list[str]] = field(default_factory=lambda: defaultdict(list))  # methods that leave
    come: dict[Key, list[Method]] = field(default_factory=lambda: defaultdict(list))  # methods that come, as they are
    above: dict[Key, Key] = field(default_factory=dict)  # class -> what it inherits from as well, first
    created: dict[Key, str] = field(default_factory=dict)  # class in a file of its own -> the file's first sentence
    imports: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))  # statements that a file needs


def edits(model: RepoModel, moves: Moves, number: str) -> list[FileEdit]:
    """One edit a file. Raises CannotFix where a file cannot be edited."""
    nodes = {method: _node(model, method) for methods in moves.come.values() for method in methods}
    found = []
    for path in sorted({path for path, _ in (*moves.gone, *moves.come, *moves.above)}):
        before = model.source.bytes(path)
        if before is None:
            after = _new_file(moves, path, nodes)
            found.append(FileEdit(path, None, after, (number,)))
            continue
        try:
            text = before.decode()
        except UnicodeDecodeError:
            raise CannotFix(f"{path} is not UTF-8: save it as UTF-8") from None
        after = rewritten(text, lambda tree, path=path: _changed(tree, moves, path, nodes), addition=False)  # type: ignore[misc]  # bound in the loop
        found.append(FileEdit(path, text, after, (number,)))
    return found


def _node(model: RepoModel, method: Method) -> cst.FunctionDef:
    import libcst as cst

    from massgen_audit.migrate.source import method_of

    tree = model.once(f"lossless {method.path}", lambda: cst.parse_module(model.source.text(method.path)))
    found = method_of(tree, method.info.name, method.name)
    if found is None:
        raise CannotFix(f"{method} is not found a second time: leave one definition")
    return found


def _new_file(moves: Moves, path: str, nodes: dict[Method, cst.FunctionDef]) -> str:
    import libcst as cst

    keys = [key for key in moves.created if key[0] == path]
    parts = []
    for key in keys:
        body = "\n".join(_indented(cst.Module([]).code_for_node(_plain(nodes[item]))) for item in moves.come[key])
        parts.append(f'class {key[1]}:\n    """{moves.created[key]} It keeps no state of its own."""\n\n{body}')
    head = f'"""{moves.created[keys[0]]}"""\n\nfrom __future__ import annotations\n'
    return "\n".join([head, *_import_blocks(moves.imports[path]), "\n" + "\n\n\n".join(parts)])


def _import_blocks(statements: Sequence[str]) -> list[str]:
    """Import statements, one for each module, the checkout's own after the others."""
    taken: dict[str, list[str]] = defaultdict(list)
    plain = {line for line in statements if line.startswith("import ")}
    for line in sorted(set(statements) - plain):
        module, _, name = line.partition(" import ")
        taken[module].append(name)
    named = [f"{module} import {', '.join(names)}" for module, names in sorted(taken.items())]
    foreign = [line for line in named if not line.startswith("from .")]
    own = [line for line in named if line.startswith("from .")]
    return ["\n".join(block) + "\n" for block in ([*sorted(plain), *foreign], own) if block]


def _indented(code: str) -> str:
    """A method as the body of a class. Texts of several lines keep their own indentation."""
    import io
    import tokenize

    inside: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type == tokenize.STRING or tokenize.tok_name[token.type].startswith("FSTRING"):
            inside |= set(range(token.start[0] + 1, token.end[0] + 1))
    lines = code.strip("\n").split("\n")
    shifted = [line if number in inside or not line.strip() else f"    {line}" for number, line in enumerate(lines, 1)]
    return "\n".join(shifted) + "\n"


def _plain(node: cst.FunctionDef) -> cst.FunctionDef:
    return node.with_changes(leading_lines=[])


def _changed(tree: cst.Module, moves: Moves, path: str, nodes: dict[Method, cst.FunctionDef]) -> cst.Module:
    import libcst as cst

    from massgen_audit.migrate.source import with_import

    statements = list(moves.imports.get(path, ()))
    body: list[cst.BaseStatement] = []
    for node in tree.body:
        key = (path, node.name.value) if isinstance(node, cst.ClassDef) else ("", "")
        if isinstance(node, cst.ClassDef):
            node = _without(node, moves.gone.get(key, ()))
            node = _with(node, [nodes[method] for method in moves.come.get(key, ())])
            if key in moves.above:
                target = moves.above[key]
                node = node.with_changes(bases=[cst.Arg(cst.Name(target[1]), comma=_COMMA()), *node.bases])
                statements.append(spelled(path, *target))
        body.append(node)
    changed = tree.with_changes(body=body)
    for statement in dict.fromkeys(statements):
        changed = with_import(changed, statement)
    return changed


def _COMMA() -> cst.Comma:
    import libcst as cst

    return cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))


def _without(node: cst.ClassDef, names: Sequence[str]) -> cst.ClassDef:
    """The class without these methods. What is written above a method and apart from it stays."""
    import libcst as cst

    if not names:
        return node
    kept: list[cst.BaseStatement | cst.BaseSmallStatement] = []
    heading: list[cst.EmptyLine] = []
    for item in node.body.body:
        if isinstance(item, cst.FunctionDef) and item.name.value in names:
            heading += _apart(item.leading_lines)
            continue
        if heading and isinstance(item, cst.FunctionDef | cst.SimpleStatementLine | cst.ClassDef):
            item = item.with_changes(leading_lines=[*heading, *item.leading_lines])
            heading = []
        kept.append(item)
    if not kept:
        kept.append(cst.SimpleStatementLine([cst.Pass()]))
    block = cst.ensure_type(node.body, cst.IndentedBlock)
    return node.with_changes(body=block.with_changes(body=kept, footer=[*heading, *block.footer]))


def _apart(lines: Sequence[cst.EmptyLine]) -> list[cst.EmptyLine]:
    """The comments over a method that an empty line parts from it, as headings of a section are."""
    last = max((index for index, line in enumerate(lines) if line.comment is None), default=-1)
    above = list(lines[:last])
    return above if any(line.comment is not None for line in above) else []


def _with(node: cst.ClassDef, methods: Sequence[cst.FunctionDef]) -> cst.ClassDef:
    import libcst as cst

    if not methods:
        return node
    block = cst.ensure_type(node.body, cst.IndentedBlock)
    gap = cst.EmptyLine(indent=False)
    added = [method.with_changes(leading_lines=[gap]) for method in methods]
    return node.with_changes(body=block.with_changes(body=[*block.body, *added]))
