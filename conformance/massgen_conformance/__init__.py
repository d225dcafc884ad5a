"""massgen-conformance: proves LLM provider backends on recorded, scripted and faulted traffic.

A backend is anything with an async `stream_with_tools(messages, tools, **kwargs)` that yields chunks; it is handed
over by a factory and never imported by this package.

    from massgen_conformance import Subject, check_backend

    report = check_backend(Subject(provider="acme", wire="openai_chat", factory=make_backend, model="acme-1"))

`monitor(backend, on_violation=callback)` is the backend, watched while it serves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from massgen_conformance.report import Report
    from massgen_conformance.runner import check_backend
    from massgen_conformance.subject import Subject
    from massgen_conformance.watch import watch as monitor

__all__ = ["Report", "Subject", "__version__", "check_backend", "monitor"]
__version__ = "0.1.0"

_HOMES = {"Report": "report", "Subject": "subject", "check_backend": "runner"}


def __getattr__(name: str) -> Any:
    """Import what is asked for, when it is asked for: pytest loads this package in every run on the machine."""
    from importlib import import_module

    if name == "monitor":  # a module that can be called
        return import_module(f"{__name__}.monitor")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
