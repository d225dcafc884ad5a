"""What holds for every renderer and every audit."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote

import pytest

from massgen_audit.report import RENDERERS, RenderOptions
from massgen_audit.report.github import escape_property
from massgen_audit.report.markdown import escaped
from massgen_audit.values import Audit, BackendAudit, Status

LISTS_FINDINGS = sorted(set(RENDERERS) - {"matrix"})


def shuffled(audit: Audit) -> Audit:
    dice = random.Random(1)

    def mixed(backend: BackendAudit) -> BackendAudit:
        return replace(backend, findings=tuple(dice.sample(backend.findings, len(backend.findings))))

    backends = [mixed(backend) for backend in audit.backends]
    return replace(audit, backends=tuple(dice.sample(backends, len(backends))))


@pytest.mark.parametrize("name", sorted(RENDERERS))
def test_the_order_in_which_rules_ran_does_not_show(name: str, any_audit: Audit, options: RenderOptions) -> None:
    render = RENDERERS[name]
    assert render(any_audit, options) == render(shuffled(any_audit), options)


@pytest.mark.parametrize("name", sorted(RENDERERS))
def test_no_control_character_reaches_the_reader(name: str, any_audit: Audit, options: RenderOptions) -> None:
    text = RENDERERS[name](any_audit, options)
    assert not [char for char in text if (ord(char) < 32 and char != "\n") or 127 <= ord(char) < 160]


@pytest.mark.parametrize("name", sorted(RENDERERS))
def test_output_is_empty_or_ends_with_one_newline(name: str, any_audit: Audit, options: RenderOptions) -> None:
    text = RENDERERS[name](any_audit, options)
    assert not text or (text.endswith("\n") and not text.endswith("\n\n"))


@pytest.mark.parametrize("name", LISTS_FINDINGS)
def test_every_absence_is_printed_with_the_place_where_it_belongs(
    name: str, any_audit: Audit, options: RenderOptions
) -> None:
    text = RENDERERS[name](any_audit, options)
    absent = [finding for finding in any_audit.findings() if finding.status is Status.MISSING]
    for finding in absent:
        path, line = finding.place.path, finding.place.line
        forms = (path, quote(path), escape_property(path), escaped(path), path.replace("|", r"\|"))
        shown = [part for part in [*text.split(finding.code)[1:], text] if any(form in part for form in forms)]
        assert shown, f"{path} is not in the {name} report"
        assert any(str(line) in part for part in shown)


@pytest.mark.parametrize("name", sorted(set(LISTS_FINDINGS) - {"json", "jsonl", "junit", "sarif"}))
def test_show_decides_which_statuses_are_listed(
    name: str, audit_named: Callable[[str], Audit], options: RenderOptions
) -> None:
    text = RENDERERS[name](audit_named("every status"), replace(options, show=frozenset({Status.PRESENT})))
    body = text.split("export is", 1)[-1] if name == "html" else text
    assert "export is present" in text
    if name != "html":  # the page explains each cell of its matrix whatever is listed below it
        assert "export is missing" not in body


@pytest.mark.parametrize("name", ["concise", "github", "gitlab", "sarif", "text", "markdown"])
def test_a_finding_shared_by_forty_types_is_reported_once(
    name: str, audit_named: Callable[[str], Audit], options: RenderOptions
) -> None:
    text = RENDERERS[name](audit_named("forty backends"), options)
    assert text.count("no provider name") == 1
    assert text.count("no export") == 40


def test_the_terminal_library_is_imported_only_for_colour() -> None:
    program = (
        "import sys\n"
        "from massgen_audit.report import RENDERERS, RenderOptions\n"
        "from massgen_audit.values import Audit\n"
        "audit = Audit('.', '', (), ())\n"
        "for render in RENDERERS.values(): render(audit, RenderOptions())\n"
        "assert not {'rich', 'libcst'} & set(sys.modules), 'imported without need'\n"
        "RENDERERS['text'](audit, RenderOptions(colour=True))\n"
        "assert 'rich' in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
