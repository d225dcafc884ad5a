"""The report as JUnit XML: a suite per provider, a case per check, so that a case keeps its name from run to run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as Xml

from massgen_conformance.report.document import Document

DETAILS = ("requirement", "expected", "actual", "where", "stream", "wire", "script", "repeat")
TAGS = {"fail": "failure", "stale": "failure", "not_testable": "error", "xfail": "skipped", "not_applicable": "skipped"}
FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold, not even as references."""


def junit(report: Document) -> str:
    """The whole document. What could not be tested is an error; what does not apply is skipped."""
    root = Xml.Element("testsuites", name="massgen-conformance", time=str(report["summary"]["seconds"]))
    for provider, row in report["providers"].items():
        cases = [_case(provider, name, result) for name, result in row["checks"].items()]
        root.append(_suite(provider, cases))
    problems = report["summary"]["problems"]
    if problems:
        root.append(_suite("the run itself", [_problem(problem) for problem in problems]))
    for name in ("tests", "failures", "errors", "skipped"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    Xml.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{Xml.tostring(root, encoding="unicode")}\n'


def _suite(name: str, cases: list[Xml.Element]) -> Xml.Element:
    seconds = sum(float(case.get("time", "0")) for case in cases)
    suite = Xml.Element("testsuite", name=clean(name), time=f"{seconds:.4f}", tests=str(len(cases)))
    for counted, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(counted, str(sum(case.find(tag) is not None for case in cases)))
    suite.extend(cases)
    return suite


def _case(provider: str, name: str, result: dict[str, Any]) -> Xml.Element:
    case = Xml.Element("testcase", classname=clean(f"conformance.{provider}"), name=name)
    case.set("time", str(result.get("seconds", 0.0)))
    tag = TAGS.get(result["verdict"])
    if tag:
        told = clean(result["message"] or result["requirement"])
        Xml.SubElement(case, tag, message=told).text = clean("\n\n".join(_told(result["failures"])))
    return case


def _told(failures: list[dict[str, Any]]) -> Iterator[str]:
    for failure in failures:
        lines = [f"{name}: {failure[name]}" for name in DETAILS if failure.get(name)]
        yield "\n".join([f"{failure['verdict']} {failure['item']}", *(lines or [failure["message"]])])


def _problem(problem: str) -> Xml.Element:
    case = Xml.Element("testcase", classname="conformance", name=clean(problem), time="0")
    Xml.SubElement(case, "error", message=clean(problem))
    return case


def clean(text: str) -> str:
    """The text with a replacement character for what XML cannot hold."""
    return FORBIDDEN.sub("\ufffd", text)
