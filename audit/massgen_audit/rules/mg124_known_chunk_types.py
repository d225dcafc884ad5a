"""Every chunk is of a known type.

What it does: compares the type of every chunk that `stream_with_tools` can reach with the vocabulary of the chunk
contract and the members of the checkout's `ChunkType`.

Why it matters: a consumer that tells types apart drops a chunk of an unknown type without a word.

Evidence: the constructions.

Not a finding: a type that is computed, which other rules report; a type that only the checkout's own enumeration has.

How to fix: use a type of the vocabulary, or add the new one to it.
"""

from __future__ import annotations

from massgen_audit.model.chunks import VOCABULARY, declared_types, stream_of
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable, partial, present


def check(model: RepoModel, unit: Unit) -> Verdict:
    made = stream_of(model, unit).emissions
    if not made:
        return not_applicable(f"{unit.info.name} makes no chunk whose type can be read")
    strange = [item for item in made if item.type not in VOCABULARY and item.type not in declared_types(model)]
    if not strange:
        kinds = {item.type for item in made}
        return present(f"{len(kinds)} types of chunks, all known", *(item.evidence() for item in made[:3]))
    names = ", ".join(dict.fromkeys(item.type for item in strange))
    return partial(
        f"{unit.info.name} makes chunks of a type nobody knows: {names}", *(item.evidence() for item in strange[:5])
    )


RULE = Rule(
    code="MG124",
    slug="known-chunk-types",
    point=0,
    phase="1.1",
    scope=Scope.CLASS,
    tier=Tier.RECOMMENDED,
    summary="Every chunk is of a known type",
    check=check,
    doc=__doc__ or "",
    valid=(MiniRepo("the types of the contract"),),
    invalid=(
        MiniRepo(
            "a type of its own",
            edits=(
                Edit(
                    "massgen/backend/acme.py",
                    '        yield StreamChunk(type="done")\n',
                    '        yield StreamChunk(type="debug")\n        yield StreamChunk(type="done")\n',
                ),
            ),
            expect=(Expected("acme", "partial", "massgen/backend/acme.py:24"),),
        ),
    ),
)
