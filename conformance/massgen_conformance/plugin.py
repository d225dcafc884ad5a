"""The pytest plugin: options, and nothing else unless `--provider` is given.

pytest --provider gemini                      the conformance suite for the installed backends, and nothing else
pytest --provider acme --wire openai_chat --target acme.backends:make
pytest --pyargs massgen_conformance.suite --provider all
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

NEEDS_PROVIDER = (
    *("--target", "--wire", "--family", "--check", "--live", "--expected-failures"),
    *("--seed", "--examples", "--scripts"),
)
RECORD_MODES = ("none", "once", "new_episodes", "all")


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Register the options; `--record-mode` is left to pytest-recording when that is active."""
    group = parser.getgroup("massgen-conformance", "conformance of LLM provider backends")
    add = group.addoption
    add("--provider", action="append", default=[], metavar="NAME", help="test this provider; repeatable, or `all`")
    add("--target", default="", metavar="MODULE:FACTORY", help="whose backends (default: the one installed target)")
    add("--wire", default="", metavar="NAME", help="the protocol of a provider that the kit does not know")
    add("--family", action="append", default=[], metavar="LIF", help="run the checks of this family; repeatable")
    add("--check", action="append", default=[], metavar="LIF-01", help="run this check; repeatable")
    add("--live", action="store_true", help="open the network: record the programme afresh and judge that")
    add("--cassettes", default="", metavar="DIR", help="folder of recordings (default: cassettes/ in the root folder)")
    add("--expected-failures", default="", metavar="FILE", help="YAML list: check, provider, reason, link, expires")
    add("--seed", type=int, default=0, metavar="N", help="of every random choice of the kit (default: 0)")
    add(
        "--examples",
        type=int,
        metavar="N",
        help="cases drawn for each property (default: 3 to 10, by how many providers there are)",
    )
    add("--scripts", default=".conformance", metavar="DIR", help="where the smallest failing case of a property goes")
    add("--conformance-json", default="", metavar="FILE", help="write the report as JSON")
    add("--conformance-html", default="", metavar="FILE", help="write the report as one HTML page")
    add("--conformance-junit", default="", metavar="FILE", help="write the report as JUnit XML, a case per check")
    add("--conformance-markdown", default="", metavar="FILE", help="write the report as Markdown, for a CI summary")
    add("--conformance-badge", default="", metavar="FILE", help="write the JSON of a shields.io endpoint badge")
    add("--conformance-timelines", action="store_true", help="keep the timeline of what passes, too")
    add("--conformance-jobs", type=int, metavar="N", help="processes; default: one a core for a long run")
    if not shares_record_mode(pluginmanager):
        add(
            "--record-mode",
            default="none",
            choices=RECORD_MODES,
            help="none: a missing recording fails and nothing leaves the machine; once: record what is missing",
        )


def shares_record_mode(pluginmanager: pytest.PytestPluginManager) -> bool:
    """Whether pytest-recording, which has an option of the same name, is part of this run."""
    installed = find_spec("pytest_recording") is not None
    loads = not os.environ.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD") or pluginmanager.has_plugin("recording")
    return installed and loads and not pluginmanager.is_blocked("recording")


def pytest_configure(config: pytest.Config) -> None:
    """Take part in the run only when a provider was named."""
    if config.getoption("--provider"):
        from massgen_conformance.suite.hooks import take_part

        take_part(config)
        return
    typed = [argument.partition("=")[0] for argument in config.invocation_params.args]  # not those of `addopts`
    idle = [name for name in NEEDS_PROVIDER if name in typed]
    if idle:
        import pytest

        raise pytest.UsageError(f"{', '.join(idle)} {'are' if idle[1:] else 'is'} nothing without --provider")
