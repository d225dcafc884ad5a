"""One pytest item per check, provider and case; collected when `--provider` is given."""

from __future__ import annotations

from massgen_conformance.suite.items import CATALOGUE_HERE

conformance = CATALOGUE_HERE
