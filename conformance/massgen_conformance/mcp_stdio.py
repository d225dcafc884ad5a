"""An MCP server that is a process: the scripts of `mcp_server`, spoken over standard input and output."""

from __future__ import annotations

import stat
import sys
from pathlib import Path
from urllib.parse import urlsplit

from massgen_conformance import played_mcp
from massgen_conformance.player_exchange import Exchange


def stdio_server(exchange: Exchange, path: Path) -> Path:
    """Write the executable that speaks for the server of this exchange to `path`, and give it back.

    It keeps one connection to the player for as long as it runs, so that `Exchange.disconnected` tells its end.
    """
    parts = urlsplit(exchange.base_url)
    source = Path(played_mcp.__file__).read_text(encoding="utf-8")
    call = f"serve({parts.hostname!r}, {parts.port}, {f'{parts.path}/mcp'!r})"
    path.write_text(f"#!{sys.executable} -ISE\n{source}\n\n{call}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path
