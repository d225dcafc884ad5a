"""Keeps secrets out of reports: the key of the run in every form, and whatever has the shape of a key."""

from __future__ import annotations

import re
from functools import cache

from massgen_conformance.cassette.forms import forms
from massgen_conformance.cassette.scrub import Scrubber
from massgen_conformance.driver import CANARY


def masked_text(text: str) -> str:
    """The text with a mark in brackets in the place of every secret."""
    return _scrubber().data(text.encode("utf-8", "backslashreplace"))[0].decode()


def masked_body(body: bytes) -> bytes:
    """A body with asterisks for the key of the run: as long as before, so that every offset stays true."""
    return _key().sub(lambda found: b"*" * len(found[0]), body)


@cache
def _scrubber() -> Scrubber:
    return Scrubber((CANARY,))


@cache
def _key() -> re.Pattern[bytes]:
    known = sorted(set(forms(CANARY).values()), key=len, reverse=True)
    return re.compile(b"|".join(re.escape(form) for form in known))
