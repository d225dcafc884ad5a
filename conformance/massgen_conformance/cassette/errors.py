"""What can go wrong with recordings.

CassetteError            the base: says what, where, and what to do
  UnreadableCassette     the file is not a recording, or would need unsafe loading
  MissingRecording       nothing is stored and nothing may be recorded now; carries the command that records it
  RecordingRefused       a recording was attempted and nothing was stored; carries the reason as a word
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CassetteError(Exception):
    """Something is wrong with a recording; the message is meant for a person."""


class UnreadableCassette(CassetteError):
    """The file cannot be read as a recording."""


class MissingRecording(CassetteError):
    """There is no such recording, and the record mode forbids making one."""

    def __init__(self, provider: str, scenario: str, path: str) -> None:
        self.command = f"massgen-conformance record --provider {provider} --scenario {scenario}"
        super().__init__(f"no recording of {provider}/{scenario} at {path}; record it with: {self.command}")


class Reason(StrEnum):
    """Why nothing was stored."""

    NO_KEY = "no_key"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"  # the upstream answered with a status that the scenario does not expect
    INTERRUPTED = "interrupted"
    LEAK = "leak"
    UNWRITABLE = "unwritable"
    CHECK_FAILED = "check_failed"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an upstream did not answer, or not to the end, as a relay saw it."""

    reason: Reason
    message: str


class RecordingRefused(CassetteError):
    """Nothing was stored; what was stored before is unchanged."""

    def __init__(self, reason: Reason, message: str) -> None:
        self.reason = reason
        super().__init__(message)
