"""The one search that the speakers' providers make, and the one page that they cite."""

from __future__ import annotations

from typing import Final

QUERY: Final = "height-of-the-tower-5f1d"
URL: Final = "https://towers.example/height-5f1d"
TITLE: Final = "Towers by height"
