"""Mutants that change nothing that a caller can see, each with why. One that is no mutant any more fails the run."""

from __future__ import annotations

from typing import Final

UNSEEN: Final[dict[str, str]] = {
    "wire/anthropic_messages.py catches everything: except msgspec.ValidationError: if type_of(payload, event) i -> except BaseException: if type_of(payload, event) in _HANDLER": "Decoding bytes raises nothing else, but for a bug of our own. JSON that is none raises again in `type_of`.",  # noqa: E501
    'wire/failure.py catches everything: except _TOO_STRANGE: parsed = body.decode("utf-8", "replace" -> except BaseException: parsed = body.decode("utf-8", "replace': "Decoding bytes raises nothing else, but for a bug of our own.",  # noqa: E501
    "wire/failure.py catches everything: except _TOO_STRANGE: return False -> except BaseException: return False": "Decoding bytes raises nothing else, but for a bug of our own.",  # noqa: E501
    "wire/failure.py falsy is absent: status is None -> (not status)": "No HTTP status is zero.",
    "wire/failure.py falsy is absent: status is not None -> status": "No HTTP status is zero.",
    "wire/openai_responses.py catches everything: except msgspec.ValidationError: if type_of(payload, event) i -> except BaseException: if type_of(payload, event) in _HANDLER": "Decoding bytes raises nothing else, but for a bug of our own. JSON that is none raises again in `type_of`.",  # noqa: E501
}
