"""Which check of the conformance kit sees what which rule reads in the code. Data; `agreement` compares by it.

A pair stands here only where both speak of the very same thing. Most rules have no such check: what a registry, a page
or a test says is not seen in a run. Others are near and not the same: MG124 and LIF-04 (a checkout may declare chunk
types of its own), MG403 and PRM-02 (each has its own list of settings), MG213 and ERR-17 (a kit's target need not go
through `create_backend`), MG110 and STA-03 (a method that is there may still forget too little).
"""

from __future__ import annotations

from dataclasses import dataclass

RAISED = "raised"
"""What `excuses` call a run that ended with an exception or not at all."""


@dataclass(frozen=True, slots=True)
class Pairing:
    """A rule, and the checks whose runs show what it is about.

    `proves`: that one of the checks passed shows the thing, so a rule that calls it missing is wrong.

    What refutes a rule that calls it present, in every run of every check: `lacking`, the stream had no chunk whose
    type begins so, and none of the `excuses` for that; `saying`, the kit says that this came instead. `once`: a single
    failure refutes, for the rule says that something never happens. With none of the three a failure proves nothing.
    """

    rule: str
    checks: tuple[str, ...]
    why: str
    proves: bool = True
    lacking: str = ""
    excuses: frozenset[str] = frozenset({"error", RAISED})  # what stands behind an end like these never came
    saying: str = ""
    once: bool = False

    @property
    def refutes(self) -> bool:
        return bool(self.lacking or self.saying or self.once)


PAIRINGS: tuple[Pairing, ...] = (
    Pairing("MG103", ("LIF-01",), "a stream that was consumed is implemented"),
    Pairing("MG120", ("TIM-01",), "it waits for a content chunk while the rest is withheld", lacking="content"),
    Pairing(
        "MG121",
        ("LIF-01",),
        "it passes on exactly one done at the end of every stream",
        lacking="done",
        excuses=frozenset({RAISED}),
    ),
    Pairing(
        "MG122",
        ("LIF-02", "ERR-01", "ERR-02"),
        "they fail a stream on the network, by status and by event: a code that can yield an error does so in one",
        lacking="error",
        excuses=frozenset(),
    ),
    Pairing("MG123", ("TOL-01",), "it passes on the calls that the model made", lacking="tool_calls"),
    Pairing("MG127", ("RSN-01",), "it passes on the reasoning that the provider sent", lacking="reasoning"),
    Pairing(
        "MG130",
        ("USG-08",),
        "the account grows by what a call used: by nothing at all where no call of the accounting is reached",
        saying="(0, 0)",
    ),
    Pairing("MG131", ("TIM-08",), "a call stands in the history of calls, so it was begun"),
    Pairing("MG132", ("TIM-02",), "it listens to record_first_token", saying="it was not called"),
    Pairing("MG133", ("TIM-08",), "a call stands in the history of calls, so it was ended"),
    Pairing(
        "MG137",
        ("TIM-09",),
        "the loop stands still in a run; that it turns in one says nothing of the paths that were not played",
        proves=False,
        once=True,
    ),
    Pairing("MG230", ("MCP-01",), "a tool of a server was called, so there is a way to it"),
)
