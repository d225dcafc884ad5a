"""What a person says of a backend type that does not exist yet."""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass
from typing import Final

BASES: Final = ("chat", "response", "custom", "cli", "sdk")
AUTHS: Final = ("key", "oauth", "none")
OVER_HTTP: Final = frozenset({"chat", "response", "custom"})
_TYPE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


class CannotScaffold(Exception):
    """The type cannot be made here; the message says why and what to do. Nothing was written."""


@dataclass(frozen=True, slots=True)
class Spec:
    """A backend type: `name` is what a configuration says, `stem` begins its class names, `title` is for people."""

    name: str
    base: str
    auth: str
    stem: str
    title: str
    base_url: str

    @property
    def cls(self) -> str:
        return f"{self.stem}Backend"

    @property
    def variable(self) -> str | None:
        """The environment variable of the key or token; None where none is needed."""
        return None if self.auth == "none" else f"{self.name.upper()}_API_KEY"

    @property
    def model(self) -> str:
        """A name that stands for the models until a person lists them."""
        return f"{self.name}-model"

    @property
    def any_model(self) -> str:
        """What the registry says until then: the caller names a model, or the program or SDK chooses."""
        return "custom" if self.over_http else "auto"

    @property
    def over_http(self) -> bool:
        return self.base in OVER_HTTP


def spec_of(name: str, base: str, auth: str, *, title: str | None = None, base_url: str | None = None) -> Spec:
    """Raises CannotScaffold for a name that cannot be a type, a module and the beginning of a class."""
    if not _TYPE.fullmatch(name):
        raise CannotScaffold(f"{name!r} is no name of a type: small letters, digits, single underscores, as `my_llm`")
    if keyword.iskeyword(name) or keyword.issoftkeyword(name):
        raise CannotScaffold(f"{name!r} is a word of Python: choose another")
    if title is not None and (not title.isprintable() or not title.strip() or set(title) & set('"\\`')):
        raise CannotScaffold("the title is one line without quotes, backslashes and backticks")
    words = name.split("_")
    return Spec(
        name=name,
        base=base,
        auth=auth,
        stem="".join(word.capitalize() for word in words),
        title=title or " ".join(word.capitalize() for word in words),
        base_url=base_url or f"https://api.{name.replace('_', '-')}.example/v1",
    )
