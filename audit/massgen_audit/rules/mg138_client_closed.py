"""The HTTP client is closed by somebody.

What it does: where the stream makes a client of a model API, looks on the class's linearisation and among its helpers
for a method that closes it, or for `async with`.

Why it matters: every call otherwise leaves a connection open until the process ends.

Evidence: the call that makes the client, and the one that closes it.

Not a finding: backends that make no client of their own; a client that another object owns.

How to fix: close the client in `finally`, or use `async with`.
"""

from __future__ import annotations

from massgen_audit.model.repo import STREAM, RepoModel
from massgen_audit.model.roles import http_call
from massgen_audit.model.tracking import site_evidence
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Evidence, Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable, partial, present, seen

_CLOSERS = ("aclose", "close", "_cleanup_client", "__aexit__")


def check(model: RepoModel, unit: Unit) -> Verdict:
    info = unit.info
    made = http_call(model, info)
    if made is None:
        return not_applicable(f"{info.name} makes no HTTP client")
    closed = _closed(model, unit)
    if closed is not None:
        return present(f"{info.name} closes its client", closed, site_evidence(made))
    return partial(f"{info.name} never closes the client that it makes", site_evidence(made))


def _closed(model: RepoModel, unit: Unit) -> Evidence | None:
    for reached in model.reach.from_method(unit.info, STREAM):
        for call in reached.function.calls:
            if call.chain.rpartition(".")[2] in _CLOSERS and "." in call.chain:
                return seen(reached.path, call.place, "calls", call.chain, reached.via)
        place = reached.function.place
        for number, line in enumerate(model.source.lines(reached.path)[place.line - 1 : place.end_line], place.line):
            if "async with" in line and "client" in line.lower():
                return seen(reached.path, number, "calls", line.strip())
    return None


_CLIENT = Edit(
    "massgen/backend/acme.py",
    "        params = await",
    "        self.client = AsyncOpenAI(api_key=self.api_key)\n        params = await",
)

RULE = Rule(
    code="MG138",
    slug="client-closed",
    point=0,
    phase="1.1",
    scope=Scope.CLASS,
    tier=Tier.RECOMMENDED,
    summary="The HTTP client is closed by somebody",
    check=check,
    doc=__doc__ or "",
    valid=(
        MiniRepo("no client of its own"),
        MiniRepo(
            "closed at the end",
            edits=(
                _CLIENT,
                Edit(
                    "massgen/backend/acme.py",
                    "            yield text\n",
                    "            yield text\n        await self.client.close()\n",
                ),
            ),
        ),
    ),
    invalid=(
        MiniRepo("never closed", edits=(_CLIENT,), expect=(Expected("acme", "partial", "massgen/backend/acme.py:27"),)),
    ),
)
