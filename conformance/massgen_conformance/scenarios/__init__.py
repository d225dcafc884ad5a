"""What the model says in the checks: one table, by name. `SCENARIOS` is also what `record` offers to repeat live."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from massgen_conformance.scenario import Scenario
from massgen_conformance.scenarios.calls import CALLS
from massgen_conformance.scenarios.forms import FORMS
from massgen_conformance.scenarios.reasoning import REASONING
from massgen_conformance.scenarios.sources import SOURCES
from massgen_conformance.scenarios.tags import TAGS_IN_TEXT
from massgen_conformance.scenarios.text import TEXTS
from massgen_conformance.scenarios.tools import TOOLS
from massgen_conformance.scenarios.turns import TURNS

SCENARIOS: Final[Mapping[str, Scenario]] = MappingProxyType(
    {
        scenario.name: scenario
        for scenario in (*TEXTS, *TOOLS, *CALLS, *REASONING, *SOURCES, *TAGS_IN_TEXT, *TURNS, *FORMS)
    }
)
