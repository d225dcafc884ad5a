"""What a conversion gives back: a plain list, with what the target has elsewhere or nowhere."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Json = Any


class Converted(list[dict[str, Json]]):
    """The messages or tools in the target's shape.

    `system` is the system prompt in the target's own form, where it does not stand among the messages (a text or blocks
    on Claude, `systemInstruction` on Gemini); else None. `lost` names what the target has no place for, a sentence
    each: it is empty where everything was carried over.
    """

    def __init__(self, items: Iterable[dict[str, Json]] = (), *, system: Json = None, lost: Iterable[str] = ()) -> None:
        super().__init__(items)
        self.system = system
        self.lost = list(lost)
