"""JUnit XML: a suite a backend, a case a finding; what does not apply is skipped, with the reason."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from massgen_audit.report.options import RenderOptions
from massgen_audit.report.order import backends, ordered
from massgen_audit.report.wording import LABELS, one_line, remedy, where
from massgen_audit.values import Audit, Finding, Status

_FAILED = (Status.MISSING, Status.PARTIAL)
_NOT_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")


def render(audit: Audit, options: RenderOptions) -> str:
    """Every status is told, whatever `show` says: a CI server counts what passed, too."""
    root = ET.Element("testsuites", name="massgen-audit")
    for backend in backends(audit):
        _suite(root, backend.type, ordered(backend.findings), options)
    _suite(root, "repository", ordered(audit.repo), options)
    for path, why in sorted(audit.unreadable):
        suite = ET.SubElement(root, "testsuite", name=_xml(path), tests="1", failures="0", errors="1", skipped="0")
        ET.SubElement(ET.SubElement(suite, "testcase", name="read"), "error", message=_xml(why))
    for count in ("tests", "failures", "errors", "skipped"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in root)))
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _suite(root: ET.Element, name: str, findings: list[Finding], options: RenderOptions) -> None:
    failures = sum(finding.status in _FAILED for finding in findings)
    skipped = sum(finding.status not in (*_FAILED, Status.PRESENT) for finding in findings)
    suite = ET.SubElement(
        root,
        "testsuite",
        name=_xml(name),
        tests=str(len(findings)),
        failures=str(failures),
        errors="0",
        skipped=str(skipped),
    )
    for finding in findings:
        _case(suite, name, finding, options)


def _case(suite: ET.Element, name: str, finding: Finding, options: RenderOptions) -> None:
    place = finding.place
    case = ET.SubElement(
        suite,
        "testcase",
        classname=_xml(name),
        name=_xml(f"{finding.code} {finding.slug} {finding.unit}"),
        file=_xml(place.path),
        line=str(place.line),
    )
    message = _xml(f"{LABELS[finding.status]}: {finding.message}")
    if finding.status in _FAILED:
        failure = ET.SubElement(case, "failure", type=finding.status.value, message=message)
        failure.text = _xml(f"{where(place)} {remedy(finding, options)}")
    elif finding.status is not Status.PRESENT:
        ET.SubElement(case, "skipped", message=message)


def _xml(text: str) -> str:
    """Without what XML 1.0 cannot hold."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", one_line(text))
