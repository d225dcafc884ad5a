"""What a run found: plain values, and one JSON document that every face (terminal, HTML, a script) reads."""

from __future__ import annotations

from massgen_conformance.report.document import SCHEMA, Document, document
from massgen_conformance.report.values import CheckResult, Failure, ItemResult, Moment, Origin, Report

__all__ = ["SCHEMA", "CheckResult", "Document", "Failure", "ItemResult", "Moment", "Origin", "Report", "document"]
