"""`python -m massgen_audit`: the command `massgen-audit`."""

from __future__ import annotations

import sys

from massgen_audit.cli import main

if __name__ == "__main__":
    sys.exit(main())
