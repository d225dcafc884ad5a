"""A second backend that holds a copy of code of the first, for examples. Data, like the skeleton."""

from __future__ import annotations

from textwrap import indent

from massgen_audit.rule import Edit

PATH = "massgen/backend/other.py"
_LAST = '        return ["search"]\n'
_OTHER = """\
from .base_with_custom_tool_and_mcp import CustomToolAndMCPBackend


class OtherBackend(CustomToolAndMCPBackend):
"""


def with_copies(first: str, second: str) -> tuple[Edit, ...]:
    """`acme` with a method, and a backend beside it with another one; both are written without indentation."""
    return (
        Edit("massgen/backend/acme.py", _LAST, f"{_LAST}\n{indent(first, '    ')}"),
        Edit(PATH, "", _OTHER + indent(second, "    ")),
    )
