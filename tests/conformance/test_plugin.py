"""The plugin in a pytest of its own. Each test costs a run, so each asks several things of it."""

from __future__ import annotations

import json
import sys

import pytest
import vcr.serializers.yamlserializer  # noqa: F401  # as below: a C module of PyYAML cannot be loaded twice

import massgen_conformance.suite.hooks  # noqa: F401  # loaded once, for all runs that share this process
from massgen_conformance.runner import select, today

pytest_plugins = ["pytester"]

HONEST = "massgen_conformance.liars.honest:honest"
RUN = ("-p", "no:cacheprovider", "--provider", "groq", "--target", HONEST)


@pytest.fixture(autouse=True)
def repository(pytester: pytest.Pytester) -> None:
    """A repository with a test of its own that must not run by itself."""
    pytester.makepyfile(test_own="def test_own(): assert False, 'the repository was collected'")
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = session\n")


def test_without_a_provider_the_plugin_imports_nothing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_own="""
        import sys
        def test_own():
            loaded = {name for name in sys.modules if name.startswith("massgen_conformance")}
            assert loaded <= {"massgen_conformance", "massgen_conformance.plugin"}
        """
    )
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=1)
    assert "conformance" not in result.stdout.str().replace("massgen-conformance-", "").split("plugins:")[0]


def test_a_provider_alone_runs_the_suite_and_nothing_else(pytester: pytest.Pytester) -> None:
    usage = len(select(["USG"]))
    files = ("--conformance-json", "out.json", "--conformance-html", "out.html")
    result = pytester.runpytest_subprocess(*RUN, *files, "--family", "USG", "--check", "LIF-01", "-v")
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        [
            f"conformance: groq (openai_chat); target {HONEST}; {usage + 1} checks; offline; seed 0",
            "recordings: none in *cassettes",
            "*::LIF-01[[]groq-text[]] PASSED*",
            "*= conformance =*",
            f"groq *1 * {usage}*",
            f"conformance green: {usage + 1} pass (* items)",
        ]
    )
    report = json.loads((pytester.path / "out.json").read_text(encoding="utf-8"))
    assert report["providers"]["groq"]["checks"]["USG-03"]["verdict"] == "pass"
    assert report["summary"]["green"] is True
    assert "<!doctype html>" in (pytester.path / "out.html").read_text(encoding="utf-8")


def test_items_are_chosen_by_their_names(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_subprocess(*RUN, "-k", "LIF-01[groq-text] or CON-13[groq-huge", "--collect-only", "-q")
    names = [line.partition("::")[2] for line in result.outlines if "::" in line]
    assert names == ["CON-13[groq-huge-event]", "CON-13[groq-huge-event-cut]", "LIF-01[groq-text]"]


def test_a_choice_that_leaves_nothing_is_told_as_such(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_inprocess(*RUN, "-k", "nowhere_to_be_found")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["PROBLEM no item of the suite ran: all * were deselected"])


def test_other_tests_do_not_stand_in_for_the_suite(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_own="def test_own(): pass")
    result = pytester.runpytest_inprocess(*RUN, "test_own.py")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["PROBLEM no item of the suite ran; *--pyargs massgen_conformance.suite"])


def test_the_installed_suite_runs_by_its_name(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(acme="from massgen_conformance.liars.errors import EndIsSuccess as make")
    expected = pytester.path / "expected.yaml"
    expected.write_text(
        f"- {{check: ERR-09, provider: acme, reason: r, link: https://l, expires: {today()}}}\n"
        f"- {{check: LIF-01, provider: acme, reason: r, link: https://l, expires: {today()}}}\n"
        "- {check: LIF-02, provider: acme, reason: r, link: https://l, expires: 2020-01-01}\n",
        encoding="utf-8",
    )
    result = pytester.run(
        *(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--pyargs", "massgen_conformance.suite"),
        *("--provider", "acme", "--wire", "openai_chat", "--target", "acme:make"),
        *("--expected-failures", "expected.yaml", "--check", "ERR-09", "--check", "LIF-01", "--check", "LIF-02"),
    )
    assert result.ret == 1
    result.stdout.fnmatch_lines(
        [
            "STALE LIF-01: listed as an expected failure (r; https://l), but it is pass: remove the entry",
            "FAIL LIF-02[[]acme-refused[]]",
            "    requirement: A stream that fails ends with one `error`*",
            "    likewise: *LIF-02[[]acme-reset[]]*",
            "PROBLEM expired on 2020-01-01: LIF-02 for acme (r; https://l)*",
            "conformance not green: 1 xfail, 1 stale, 1 fail (* items)",
        ]
    )
    for heading in ("= FAILURES =", "= short test summary info ="):
        assert heading not in result.stdout.str(), "every finding is told once"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--provider", "acme", "--target", HONEST), "unknown provider 'acme'; name its protocol with --wire"),
        (("--provider", "groq", "--target", "nowhere"), "--target is module:factory, not 'nowhere'"),
        ((*RUN, "--check", "LIF-99"), "unknown: LIF-99; families are CON, CUS"),
        ((*RUN, "--expected-failures", "absent.yaml"), "absent.yaml: cannot be read"),
        ((*RUN, "--conformance-json", "absent/out.json"), "absent/out.json is not a file in an existing folder"),
        ((*RUN, "--cassettes", "absent"), "there is no folder absent"),
        (("--target", HONEST), "--target is nothing without --provider"),
        (("--wire", "openai_chat", "--check", "LIF-01"), "--wire, --check are nothing without --provider"),
    ],
)
def test_a_wrong_option_is_a_usage_error(pytester: pytest.Pytester, arguments: tuple[str, ...], told: str) -> None:
    result = pytester.runpytest_inprocess(*arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert told in result.stderr.str()


def test_recording_without_a_key_fails_and_says_which_is_missing(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GROQ_API_KEY", raising=False)
    for mode in (("--record-mode", "once"), ("--live",)):
        result = pytester.runpytest_subprocess(*RUN, "--check", "LIF-09", *mode)
        assert result.ret == 1
        result.stdout.fnmatch_lines(
            [
                "conformance: groq (openai_chat); *; 1 checks; the network is open; seed 0",
                "PROBLEM groq/text was not recorded: there is no API key; set GROQ_API_KEY*",
                "conformance not green: 1 pass (1 items)",
            ]
        )
        assert not list(pytester.path.rglob("*.yaml"))


RECORDING_PLUGIN = """
def pytest_addoption(parser):
    group = parser.getgroup("recording")
    modes = ("once", "new_episodes", "none", "all", "rewrite")
    group.addoption("--record-mode", default=None, choices=modes)
"""


def test_pytest_recording_keeps_its_option_and_is_named(pytester: pytest.Pytester) -> None:
    """Installed beside the kit, as an entry point that is loaded before or after it."""
    (pytester.path / "pytest_recording").mkdir()
    (pytester.path / "pytest_recording" / "__init__.py").write_text("", encoding="utf-8")
    (pytester.path / "pytest_recording" / "plugin.py").write_text(RECORDING_PLUGIN, encoding="utf-8")
    info = pytester.path / "pytest_recording-0.14.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: pytest-recording\nVersion: 0.14.1\n", encoding="utf-8")
    (info / "entry_points.txt").write_text("[pytest11]\nrecording = pytest_recording.plugin\n", encoding="utf-8")
    python = (sys.executable, "-m", "pytest", *RUN, "--check", "LIF-09")
    assert pytester.run(*python).ret == 0
    refused = pytester.run(*python, "--record-mode", "rewrite")
    assert refused.ret == pytest.ExitCode.USAGE_ERROR
    assert "Disable that plugin for this run with: -p no:recording" in refused.stderr.str()
    assert pytester.run(*python, "-p", "no:recording", "--record-mode", "none").ret == 0


def test_several_processes_play_what_was_chosen_and_no_more(pytester: pytest.Pytester) -> None:
    """The report and the outcomes are those of a run in one process."""
    options = (*RUN, "--provider", "claude", "--check", "LIF-01", "-k", "text", "--conformance-json")
    pytester.runpytest_subprocess(*options, "one.json", "--conformance-jobs", "1")
    result = pytester.runpytest_subprocess(*options, "two.json", "--conformance-jobs", "2")
    one, two = (json.loads((pytester.path / name).read_text()) for name in ("one.json", "two.json"))
    counts = [{**report["summary"], "seconds": 0} for report in (one, two)]
    assert counts[0] == counts[1]
    result.assert_outcomes(passed=counts[0]["items"])
