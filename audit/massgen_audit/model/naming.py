"""Whether a provider name that the code computes means a given backend type."""

from __future__ import annotations

import re
from functools import cache

from massgen_audit.model import layout as at
from massgen_audit.model.interp.values import Func
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.types import TypeInfo

_NORMALISE = "normalize_backend_type"
_SHORTEST = 3
_ASIDE = re.compile(r"[()/]")  # "Kimi (Moonshot AI)" names the provider twice


@cache
def plain(name: str) -> str:
    """Letters and digits in lower case."""
    return "".join(char for char in name.lower() if char.isalnum())


def means(model: RepoModel, name: str, info: TypeInfo, *, typed: bool = True) -> bool:
    """Display names differ by design: equal but for punctuation, one inside the other, or mapped by the registry.

    A name that belongs to another row never means this type. `typed` accepts the type itself as a name.
    """
    own = {plain(info.name)} if typed else set()
    shown = info.row.get("provider_name") if info.row else None
    if isinstance(shown, str):
        own |= {plain(shown), *(plain(part) for part in _ASIDE.split(shown))} - {""}
    given = plain(name)
    if given in own:
        return True
    if given in _others(model, info):
        return False
    if len(given) >= _SHORTEST and any(given in mine or mine in given for mine in own):
        return True
    return _normalised(model, name) == info.name


def _others(model: RepoModel, info: TypeInfo) -> set[str]:
    found: set[str] = set()
    for name, row in model.rows.items():
        if name != info.name:
            shown = row.get("provider_name")
            found |= {plain(name), plain(shown) if isinstance(shown, str) else plain(name)}
    return found


def _normalised(model: RepoModel, name: str) -> object:
    function = model.global_value(at.CAPABILITIES, _NORMALISE)
    return model.apply(function, name) if isinstance(function, Func) else None
