"""What the code says, compared with what the kit saw: soundly, with clear errors, and on planted backends."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import massgen_conformance.checks  # noqa: F401 - fills the catalogue
from massgen_audit.agreement import UNREAD, UNSEEN, apply
from massgen_audit.cli import main
from massgen_audit.observed import ReportError, read
from massgen_audit.pairings import PAIRINGS, Pairing
from massgen_audit.rule import load_rules
from massgen_audit.values import Audit, BackendAudit, Evidence, Finding, Span, Status, Tier
from massgen_conformance.check import CATALOGUE
from massgen_conformance.report.document import SCHEMA
from tests.audit.repositories import edit, skeleton

ROOT = Path(__file__).parents[2]
PLACE = Span("massgen/backend/acme.py", 7, 5, 7, 9)
CHECKS = sorted({check for pair in PAIRINGS for check in pair.checks})
PROGRAM = "import sys; from massgen_conformance.cli import main; sys.exit(main())"


@pytest.mark.parametrize("pair", PAIRINGS, ids=lambda pair: pair.rule)
def test_both_sides_of_a_pair_exist_and_it_says_why(pair: Pairing) -> None:
    assert pair.rule in {rule.code for rule in load_rules()}
    assert pair.checks
    assert set(pair.checks) <= set(CATALOGUE)
    assert pair.why
    assert pair.proves or pair.refutes
    assert sum(map(bool, (pair.lacking, pair.saying, pair.once))) <= 1


def test_no_rule_is_paired_twice() -> None:
    assert len({pair.rule for pair in PAIRINGS}) == len(PAIRINGS)


def audited(code: str, status: Status) -> Audit:
    kind = "searched" if status is Status.MISSING else "calls"
    said = Finding(
        code, "slug", 0, Tier.REQUIRED, "acme", "AcmeBackend", status, "what it says", (Evidence(PLACE, kind),)
    )
    return Audit("root", "layout", (BackendAudit("acme", "AcmeBackend", PLACE.path, (said,)),), ())


def failures(*streams: str, actual: str = "something") -> dict[str, Any]:
    listed = [{"verdict": "fail", "expected": "it", "actual": actual, "stream": stream} for stream in streams]
    return {"verdict": "fail", "items": len(listed), "verdicts": {"fail": len(listed)}, "failures": listed}


def report(**checks: dict[str, Any]) -> str:
    named = {name.replace("_", "-"): told for name, told in checks.items()}
    return json.dumps({"schema": SCHEMA, "providers": {"acme": {"checks": named}}})


PASSED = {"verdict": "pass", "items": 2, "verdicts": {"pass": 2}, "failures": []}
SOME = {**failures("content"), "items": 2, "verdicts": {"fail": 1, "pass": 1}}
XFAILED = {"verdict": "xfail", "items": 1, "failures": [{**failures("content")["failures"][0], "verdict": "xfail"}]}
P, M = Status.PRESENT, Status.MISSING


@pytest.mark.parametrize(
    ("rule", "status", "checks", "expected"),
    [
        ("MG121", P, {"LIF_01": PASSED}, (UNSEEN, P)),
        ("MG121", M, {"LIF_01": PASSED}, (UNREAD, Status.PARTIAL)),
        ("MG121", P, {"LIF_01": failures("content x2, complete_message")}, (UNSEEN, Status.PARTIAL)),
        ("MG121", P, {"LIF_01": failures("content, error")}, (UNSEEN, Status.PARTIAL)),
        ("MG121", P, {"LIF_01": XFAILED}, (UNSEEN, Status.PARTIAL)),
        ("MG121", M, {"LIF_01": failures("content")}, (UNREAD, P)),
        ("MG121", P, {"LIF_01": failures("content", "content, done x2")}, None),
        ("MG121", P, {"LIF_01": failures("content; it raised ValueError()")}, None),
        ("MG121", P, {"LIF_01": failures("")}, None),
        ("MG121", P, {"LIF_01": SOME}, None),
        ("MG121", P, {"LIF_01": {"verdict": "fail", "items": 2, "failures": failures("content")["failures"]}}, None),
        ("MG121", P, {"LIF_01": {"verdict": "not_testable", "items": 1}}, None),
        ("MG121", M, {"LIF_01": {"verdict": "not_applicable", "items": 1}}, None),
        ("MG121", M, {"LIF_01": {"verdict": "stale", "items": 1}}, None),
        ("MG121", Status.UNVERIFIABLE, {"LIF_01": PASSED}, None),
        ("MG120", P, {"TIM_01": failures("error, done")}, None),
        ("MG122", P, {"LIF_02": failures("done")}, None),
        (
            "MG122",
            P,
            {"LIF_02": failures("done"), "ERR_01": failures("done"), "ERR_02": failures("done")},
            (UNSEEN, Status.PARTIAL),
        ),
        ("MG122", P, {"LIF_02": failures("done"), "ERR_01": PASSED, "ERR_02": failures("done")}, (UNSEEN, P)),
        ("MG132", P, {"TIM_02": failures("done", actual="it was not called")}, (UNSEEN, Status.PARTIAL)),
        ("MG132", P, {"TIM_02": failures("done", actual="it was recorded too early")}, None),
        ("MG131", P, {"TIM_08": failures("done")}, None),
        ("MG137", P, {"TIM_09": {**SOME, "verdict": "fail"}}, (UNSEEN, Status.PARTIAL)),
        ("MG137", M, {"TIM_09": PASSED}, None),
    ],
)
def test_only_what_leaves_no_room_is_a_disagreement(
    rule: str, status: Status, checks: dict[str, Any], expected: tuple[tuple[str, str], Status] | None
) -> None:
    told = apply(audited(rule, status), read(report(**{"CON_01": PASSED, **checks, "TIM_06": PASSED, **SEEN})))
    found = told.backends[0].findings[1:]
    assert [((item.code, item.slug), item.status, item.backend) for item in found] == (
        [(*expected, "acme")] if expected else []
    )
    assert all(item.evidence[0].span == PLACE and rule in item.message for item in found)


SEEN = {"MCP_01": {"verdict": "not_applicable", "items": 1}}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("no json", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("[1]", "no report of the kit"),
        ('{"schema": 1}', "no report of the kit"),
        (json.dumps({"schema": "massgen-conformance/2"}), "its schema is massgen-conformance/2"),
        (json.dumps({"schema": SCHEMA}), "providers: a JSON object"),
        (report(lif=PASSED), "lif is no check"),
        (report(LIF_01={"verdict": "good"}), "not 'good'"),
        (report(LIF_01={"verdict": "fail", "items": "2"}), "`items` is a number"),
        (report(LIF_01={"verdict": "fail", "items": 1, "failures": ["x"]}), "a failure: a JSON object"),
        (report(LIF_01={"verdict": "pass", "items": 1, "verdicts": {"good": 1}}), "counts items by verdict"),
        (report(CON_01=PASSED), "none of the checks that are compared"),
        (report(LIF_01=PASSED).replace("acme", "other"), "about other, and none of them is a type looked at here"),
    ],
)
def test_a_file_that_cannot_be_compared_says_why(text: str, words: str) -> None:
    with pytest.raises(ReportError, match=words.replace("`", ".")):
        apply(audited("MG121", P), read(text))


def test_the_command_names_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "report.json"
    file.write_text("{}")
    assert main(["check", str(ROOT), "--with-conformance", str(file)]) == 2
    assert f"{file} cannot be compared: this is no report" in capsys.readouterr().err


def test_an_exemption_of_a_comparison_is_not_stale_where_nothing_is_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = skeleton(tmp_path / "repository")
    edit(root, PLACE.path, f"{DONE}\n", f"{DONE}  # massgen-audit: ignore[MG008] {WHY}\n")
    line = (root / PLACE.path).read_text().split("ignore[")[0].count("\n") + 1
    file, debt = tmp_path / "report.json", tmp_path / "debt.txt"
    file.write_text(report(LIF_01=failures("content"), TOL_01=failures("content")))
    base = ["check", str(root), "--no-cache", "--format", "concise"]
    compared = ["--with-conformance", str(file)]
    assert main([*base, *compared]) == 1
    assert [told.split(" ")[1] for told in capsys.readouterr().out.splitlines()] == ["MG008"], "but not that of `done`"
    assert main(["baseline", "write", str(root), "--no-cache", "--baseline", str(debt), *compared]) == 0
    capsys.readouterr()
    for arguments in ([], ["--baseline", str(debt)], ["--baseline", str(debt), *compared]):
        assert main([*base, *arguments]) == 0, capsys.readouterr().out
    file.write_text(report(LIF_01=PASSED))
    assert main([*base, *compared]) == 1
    assert f"{PLACE.path}:{line}: MG002" in capsys.readouterr().out


DONE = '        yield StreamChunk(type="done")'
WHY = "seen with another provider only"


def played(folder: Path, source: Path, *checks: str) -> Path:
    """The kit's report on the `massgen` in `source`, as the command line writes it."""
    file = folder / "report.json"
    wanted = [part for check in checks for part in ("--check", check)]
    command = [sys.executable, "-c", PROGRAM, "run", "--provider", "groq", "--jobs", "1", "--json", str(file), *wanted]
    environment = {**os.environ, "PYTHONPATH": str(source)}
    done = subprocess.run(command, cwd=source, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode in (0, 1), done.stderr
    return file


Told = Callable[[Path, Path], dict[str, dict[str, str]]]


@pytest.fixture
def told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Told:
    """The status and message of each comparison in a checkout, by the rule that was compared."""

    def compare(root: Path, file: Path) -> dict[str, dict[str, str]]:
        arguments = ["check", str(root), "--no-cache", "--backend", "groq", "--with-conformance", str(file)]
        assert main([*arguments, "--exit-zero", "--format", "json"]) == 0
        others = json.loads(capsys.readouterr().out)["backends"][0]["other"]
        return {item["unit"].split(" ")[0]: item for item in others if item["code"] in (UNSEEN[0], UNREAD[0])}

    return compare


def test_this_repository_does_as_it_says(tmp_path: Path, told: Told) -> None:
    compared = told(ROOT, played(tmp_path, ROOT, *CHECKS))
    assert {rule: item["message"] for rule, item in compared.items() if item["status"] != "present"} == {}
    assert set(compared) == {pair.rule for pair in PAIRINGS} - {"MG230"}, "groq has no MCP servers of its own"


NEVER = 'if call.model == "never":\n                '
ENDLESS = [
    ("http.py", '    yield StreamChunk("done"', '    if status == "never":\n        yield StreamChunk("done"'),
    (
        "exchange.py",
        "self._backend.record_first_token(self._timing)",
        'getattr(self._backend, "record_" + "first_token")(self._timing)',
    ),
]
SILENT = [
    ("http.py", '    yield StreamChunk("error"', '    if code == "never":\n            yield StreamChunk("error"'),
    ("http.py", "self._update_token_usage_from", f"{NEVER}self._update_token_usage_from"),
]


@pytest.mark.parametrize(
    ("edits", "checks", "expected"),
    [
        (ENDLESS, ("LIF-01", "TIM-02"), {"MG121": ("MG008", "partial"), "MG132": ("MG009", "partial")}),
        (
            SILENT,
            ("LIF-02", "ERR-01", "ERR-02", "USG-08", "TOL-01"),
            {"MG122": ("MG008", "partial"), "MG130": ("MG008", "partial"), "MG123": ("MG008", "present")},
        ),
    ],
    ids=["done is never reached, timing cannot be read", "errors and usage are never reached"],
)
def test_dead_code_and_code_that_cannot_be_read_are_told_apart(
    edits: list[tuple[str, str, str]],
    checks: tuple[str, ...],
    expected: dict[str, tuple[str, str]],
    tmp_path: Path,
    told: Told,
) -> None:
    root = tmp_path / "checkout"
    shutil.copytree(ROOT / "massgen", root / "massgen", ignore=shutil.ignore_patterns("__pycache__"))
    for name, old, new in edits:
        edit(root, f"massgen/backend/{name}", old, new)
    compared = told(root, played(tmp_path, root, *checks))
    assert {rule: (item["code"], item["status"]) for rule, item in compared.items()} == expected
    assert {item["place"]["path"] for item in compared.values()} <= {
        "massgen/backend/http.py",
        "massgen/backend/exchange.py",
        "massgen/wire/decoder.py",
    }
