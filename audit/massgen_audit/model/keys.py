"""Environment variables that a backend class reads itself."""

from __future__ import annotations

from massgen_audit.model.repo import ROOT_CLASS, RepoModel
from massgen_audit.model.types import TypeInfo
from massgen_audit.values import Evidence
from massgen_audit.verdicts import seen

_READERS = ("os.getenv", "os.environ.get", "getenv", "environ.get")


def class_reads(model: RepoModel, info: TypeInfo, variable: str) -> Evidence | None:
    """Where the class of a type, or one above it but the root, reads the variable."""
    for cls in model.classes.mro(info.cls) if info.cls else ():
        if cls.name == ROOT_CLASS:
            continue
        for method in cls.fact.methods:
            for call in method.calls:
                named = ("str", variable) in call.args
                if named and (call.chain in _READERS or call.chain.rpartition(".")[2] == "getenv"):
                    return seen(cls.path, call.place, "literal", variable, (f"{cls.name}.{method.name}",))
    return None
