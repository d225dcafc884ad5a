"""Text that has the form of a vendor's key."""

from __future__ import annotations

import re
from collections.abc import Iterator

# Prefixes that the vendors' keys begin with; the tail is what they make at random.
_KEY = re.compile(rb"\b(?:sk-(?:ant-|proj-|or-v1-)?|gsk_|xai-|AIza|hf_|csk-|fw_|nvapi-|r8_|pplx-)([A-Za-z0-9_-]{20,})")
_PREFIXES = (b"sk-", b"gsk_", b"xai-", b"AIza", b"hf_", b"csk-", b"fw_", b"nvapi-", b"r8_", b"pplx-")
_PLACEHOLDER = re.compile(
    rb"test|example|your|fake|dummy|xxx|placeholder|secret|redact|sample|invalid|leak|mask|0123|1234|abcd|\.\.\.",
    re.IGNORECASE,
)
_INVENTED = re.compile(r"scrub|redact|mask|secret|leak", re.IGNORECASE)  # tests of what hides keys need keys
_DIFFERENT = 12  # characters of a random tail; a word repeated has fewer


def is_invented(path: str) -> bool:
    """Whether the keys of a file are made up, as its name says."""
    return bool(_INVENTED.search(path))


def first_secret(data: bytes) -> int:
    """The line of the first text that has the form of a key and is no placeholder; 0 if there is none."""
    for found in _keys(data):
        start = data.rfind(b"\n", 0, found.start()) + 1
        tail = found[1]
        random = len(set(tail)) >= _DIFFERENT and re.search(rb"\d", tail) and re.search(rb"[A-Z]", tail)
        if random and not _PLACEHOLDER.search(data, start, found.end()):
            return data.count(b"\n", 0, start) + 1
    return 0


def _keys(data: bytes) -> Iterator[re.Match[bytes]]:
    """Matches of `_KEY` in order. Most files hold none: to look for the prefixes alone takes a tenth of the time."""
    starts: list[int] = []
    for prefix in _PREFIXES:
        start = data.find(prefix)
        while start >= 0:
            starts.append(start)
            start = data.find(prefix, start + 1)
    end = 0
    for start in sorted(starts):
        found = _KEY.match(data, start) if start >= end else None
        if found:
            end = found.end()
            yield found
