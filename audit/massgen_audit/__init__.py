"""massgen-audit: which integration points of an LLM backend are missing, and where each belongs.

The audited code is read, never imported and never executed.
"""

__version__ = "0.1.0"
