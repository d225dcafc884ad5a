"""What the speakers' providers tell beside an answer: searches, sources, pictures, why they refuse, a likelihood."""

from __future__ import annotations

from typing import Final

QUERY: Final = "height-of-the-tower-5f1d"
URL: Final = "https://towers.example/height-5f1d"
TITLE: Final = "Towers by height"
LOGPROB: Final = -0.51710625
WHY: Final = "This asks how to climb towers-5f1d."
PICTURE: Final = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
SKETCH: Final = "R0lGODlhAQABAIAAAP///wAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw=="
"""A picture that the model makes, in PNG, and one that it makes while it thinks, in GIF."""

FILE: Final = "towers-5f1d.pdf"
SUGGESTIONS: Final = "<a class=chip>towers-5f1d</a>"
"""What a provider asks to be shown beside the answer, where it asks that."""
