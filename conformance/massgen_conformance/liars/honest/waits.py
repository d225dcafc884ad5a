"""How long a refusal asks to wait, in seconds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Final

RETRY_DELAY: Final = re.compile(rb'"retryDelay"\s*:\s*"([0-9.]+)s"')
"""google.rpc.RetryInfo: Gemini says in the body what others say in Retry-After."""


def named_wait(headers: Mapping[str, str], body: bytes) -> float | None:
    """The wait that is named in milliseconds, in seconds, as a date, or in Gemini's body; None where none is."""
    named = RETRY_DELAY.search(body)
    said = headers.get("retry-after", "") or (named.group(1).decode() if named else "")
    if (milliseconds := headers.get("retry-after-ms", "")).replace(".", "", 1).isdigit():
        return float(milliseconds) / 1000
    if said.replace(".", "", 1).isdigit():
        return float(said)
    if said and "date" in headers:
        return (parsedate_to_datetime(said) - parsedate_to_datetime(headers["date"])).total_seconds()
    return None
