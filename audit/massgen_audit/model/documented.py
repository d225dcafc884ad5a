"""What the documentation says anywhere: one text of all its pages, for questions about a single name."""

from __future__ import annotations

from massgen_audit.model.repo import RepoModel

# Beside the pages under docs/: where people look for a key first.
_FIRST = ("README.md", ".env.example", "massgen/.env.example", ".env.template")


def mentions(model: RepoModel, name: str) -> str:
    """The first page that has the name; empty if none has."""
    return model.once(f"{name} in the documentation", lambda: _first(model, name))


def _first(model: RepoModel, name: str) -> str:
    def has(data: bytes) -> bool:
        return name.encode() in data

    return next((path for path in _pages(model) if model.source.ask(path, f"has {name}", has)), "")


def _pages(model: RepoModel) -> tuple[str, ...]:
    return model.once("documentation pages", lambda: (*_FIRST, *_under_docs(model)))


def _under_docs(model: RepoModel) -> tuple[str, ...]:
    paths = [path for path in model.source.tree.paths() if path.startswith("docs/") and path.endswith((".rst", ".md"))]
    return tuple(sorted(paths, key=lambda path: (not path.startswith("docs/source/"), path)))


def line_of(model: RepoModel, path: str, name: str) -> int:
    return next((number for number, line in enumerate(model.source.lines(path), 1) if name in line), 1)
