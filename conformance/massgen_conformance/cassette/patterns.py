"""What credentials and account data look like when nobody told us their values."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shape:
    """A recognisable kind of value; `kind` is also what stands in its place after scrubbing."""

    kind: str
    pattern: re.Pattern[bytes]


def _shape(kind: str, pattern: bytes) -> Shape:
    return Shape(kind, re.compile(pattern))


SHAPES: tuple[Shape, ...] = (
    _shape("api-key", rb"(?<![A-Za-z0-9])sk-(?=[A-Za-z0-9_-]*\d)[A-Za-z0-9_-]{16,}"),
    _shape(
        "api-key", rb"(?<![A-Za-z0-9])(?:sk|gsk|pk)[-_][A-Za-z0-9_-]{0,12}\*{3,}[A-Za-z0-9_-]*"
    ),  # masked, as in a 401
    _shape("api-key", rb"(?<![A-Za-z0-9])AIza[A-Za-z0-9_-]{30,}"),
    _shape("api-key", rb"(?<![A-Za-z0-9])(?:gsk_|xai-|hf_|r8_|nvapi-|pplx-|fw_|csk-|tgp_v1_)[A-Za-z0-9_-]{20,}"),
    _shape("api-key", rb"(?<![A-Za-z0-9])(?:gh[pousr]_|github_pat_)[A-Za-z0-9_]{20,}"),
    _shape("api-key", rb"(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])"),
    _shape("api-key", rb"(?<![A-Za-z0-9])ya29\.[A-Za-z0-9_-]{20,}"),
    _shape("api-key", rb"(?<![A-Za-z0-9])eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"),
    _shape("api-key", rb"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    # LM Studio's SDKs prove who they are with it. https://lmstudio.ai/docs/developer/core/authentication
    _shape("api-key", rb"(?:(?<=\"clientPasskey\":\")|(?<=\"clientPasskey\": \"))[^\"\\\[]{8,}"),
    _shape("organisation", rb"(?<![A-Za-z0-9])org-(?=[A-Za-z0-9]*\d)[A-Za-z0-9]{12,}"),
    _shape("project", rb"(?<![A-Za-z0-9])proj_[A-Za-z0-9]{12,}"),
    _shape("project", rb"(?<=projects/)\d{6,}"),
    _shape("account", rb"(?<![A-Za-z0-9])user-(?=[A-Za-z0-9]*\d)[A-Za-z0-9]{16,}"),
    # The lookbehind keeps this linear on long runs without an @, such as the base64 of an image.
    _shape(
        "email",
        rb"(?<![A-Za-z0-9_.+-])[A-Za-z0-9_.+-]{1,64}@(?!(?:[a-z0-9-]+\.)*example\.(?:com|org|net)\b)"
        rb"[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,8}\.[A-Za-z]{2,24}",
    ),
)

LABELLED = re.compile(
    rb"(?i)(?:api[-_ ]?key|secret|passw(?:or)?d|credential|authori[sz]ation|bearer|"
    rb"(?:access|auth|session|refresh)[-_]?token|(?<![a-z_])token|(?<![a-z_])key)"
    rb"[\"'\\]*\s*[:= ]\s*[\"'\\]*(?:bearer\s+|basic\s+)?([A-Za-z0-9+/_=.~-]{20,})"
)
"""A word that announces a secret, and a value after it."""

RANDOM_BITS = 3.5
"""Shannon entropy per character above which a labelled value counts as random; English words stay near 3."""


def entropy(value: bytes) -> float:
    """Shannon entropy in bits per byte."""
    counts = Counter(value)
    return -sum(count / len(value) * math.log2(count / len(value)) for count in counts.values()) if value else 0.0
