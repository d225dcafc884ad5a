"""Property tests that give the same examples on every machine, however busy it is; commands that can be interrupted."""

from __future__ import annotations

import signal

from hypothesis import settings

settings.register_profile("steady", derandomize=True, deadline=None, database=None, max_examples=50)
settings.load_profile("steady")

# A shell has what it starts in the background ignore SIGINT, and that is inherited: Ctrl-C could not be tested.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
