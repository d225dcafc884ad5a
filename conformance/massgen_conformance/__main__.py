"""`python -m massgen_conformance`: the same as the `massgen-conformance` command."""

from __future__ import annotations

from massgen_conformance.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
