"""What verdicts are about: classes, types, links between them, and the checkout itself."""

from __future__ import annotations

from dataclasses import dataclass

from massgen_audit.model.classes import ClassInfo
from massgen_audit.model.types import TypeInfo


@dataclass(frozen=True, slots=True)
class Unit:
    """One thing to judge. A class unit carries the types it serves; a type or link unit carries one type."""

    name: str
    types: tuple[TypeInfo, ...] = ()
    cls: ClassInfo | None = None

    @property
    def type(self) -> TypeInfo:
        """The type of a type or link unit."""
        return self.types[0]

    @property
    def info(self) -> ClassInfo:
        """The class of a class or link unit. Raises ValueError for a unit that has none."""
        if self.cls is None:
            raise ValueError(f"{self.name} has no class")
        return self.cls
