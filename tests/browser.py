"""A page in a headless browser: a probe beside it works it in a frame and writes what it saw, as JSON."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--allow-file-access-from-files", "--virtual-time-budget=5000", "--dump-dom"),
)


def seen(folder: Path, name: str, page: str, probe: str) -> dict[str, Any]:
    """What `probe`, a page whose script ends with JSON in `#out`, tells of `page`, which it opens by its `name`.

    The test is skipped where there is no Chromium.
    """
    if BROWSER is None:
        pytest.skip("there is no Chromium on this machine")
    (folder / name).write_text(page, encoding="utf-8")
    beside = folder / "probe.html"
    beside.write_text(probe, encoding="utf-8")
    line = [BROWSER, *FLAGS, f"--user-data-dir={folder / 'profile'}", beside.as_uri()]
    done = subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)
    found = re.search(r"<pre id=\"out\">(.+?)</pre>", done.stdout, re.DOTALL)
    assert found, done.stderr[-2000:]
    told: dict[str, Any] = json.loads(html.unescape(found[1]))
    return told
