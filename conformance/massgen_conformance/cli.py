"""The `massgen-conformance` command: parses, hands over, and turns what went wrong into an exit code.

Exit codes: 0 clean, 1 findings (or nothing recorded), 2 usage or configuration, 3 an error of the kit itself.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from massgen_conformance import __version__

CLEAN, FINDINGS, USAGE, INTERNAL = 0, 1, 2, 3

DEFAULT_FOLDER = Path("cassettes")
FORMATS = ("text", "json", "html", "junit", "markdown", "badge")
MODES = ("none", "once", "new_episodes", "all")


def parser() -> argparse.ArgumentParser:
    """The whole command line; nothing else of the kit is imported for it."""
    top = argparse.ArgumentParser(
        prog="massgen-conformance", description="Prove LLM provider backends: record, replay, check."
    )
    top.add_argument("--version", action="version", version=f"massgen-conformance {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _run(commands)
    _record(commands)
    _replay(commands)
    _cassettes(commands)
    _serve(commands)
    _kill_matrix(commands)
    _report(commands)
    return top


if TYPE_CHECKING:
    Commands: TypeAlias = argparse._SubParsersAction[argparse.ArgumentParser]


def _add(commands: Commands, name: str, help: str) -> argparse.ArgumentParser:
    return commands.add_parser(name, help=help, description=help)


def _subject(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--target", default="", metavar="MODULE:FACTORY", help="whose backends (default: the installed)"
    )
    command.add_argument("--wire", default="", help="the protocol, for a provider that the kit does not know")


def _providers(command: argparse.ArgumentParser) -> None:
    command.add_argument("--provider", action="append", default=[], metavar="NAME", help="repeatable; or 'all'")


def _folder(command: argparse.ArgumentParser, default: Path | None = DEFAULT_FOLDER) -> None:
    command.add_argument("--cassettes", type=Path, default=default, metavar="DIR", help="default: cassettes")


def _jobs(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"a number of processes, 1 or more, not {text!r}")
    return int(text)


def _run(commands: Commands) -> None:
    command = _add(commands, "run", "run the catalogue and print the matrix")
    _providers(command)
    _subject(command)
    _folder(command, default=None)
    command.add_argument("--family", action="append", default=[], metavar="LIF", help="repeatable")
    command.add_argument("--check", action="append", default=[], metavar="LIF-01", help="repeatable")
    command.add_argument("--expected-failures", type=Path, metavar="FILE")
    command.add_argument("--item", action="append", default=[], metavar="LIF-02[groq-eof]", help="repeatable")
    command.add_argument("--seed", type=int, default=0, metavar="N", help="of every random choice (default: 0)")
    command.add_argument(
        "--examples", type=int, default=0, metavar="N", help="cases drawn for each property (default: 3 to 10)"
    )
    command.add_argument(
        "--scripts",
        type=Path,
        default=Path(".conformance"),
        metavar="DIR",
        help="where the smallest failing case of a property goes (default: .conformance)",
    )
    command.add_argument("--timelines", action="store_true", help="keep the timeline of what passes, too")
    command.add_argument("--jobs", type=_jobs, metavar="N", help="processes; default: one a core for a long run")
    command.add_argument("--json", type=Path, metavar="FILE", help="write the report as JSON")
    command.add_argument("--html", type=Path, metavar="FILE", help="write the report as one HTML page")
    command.add_argument("--junit", type=Path, metavar="FILE", help="write the report as JUnit XML")
    command.add_argument("--markdown", type=Path, metavar="FILE", help="write the report as Markdown")
    command.add_argument("--badge", type=Path, metavar="FILE", help="write the JSON of a shields.io endpoint badge")


def _record(commands: Commands) -> None:
    command = _add(commands, "record", "record the programme of a provider, or what a client says to it")
    _providers(command)
    _subject(command)
    _folder(command)
    command.add_argument("--scenario", action="append", default=[], metavar="NAME", help="repeatable; default: all")
    command.add_argument("--mode", choices=MODES, default="all")
    source = command.add_mutually_exclusive_group()
    source.add_argument(
        "--base-url", default="", metavar="URL", help="ask this address; one with ws: is recorded as a WebSocket"
    )
    source.add_argument("--from-player", action="store_true", help="ask nobody: the kit's own player answers")
    command.add_argument("--model", default="", help="default: the kit's model of the provider")
    command.add_argument("--config", default="{}", metavar="JSON", help="more keywords for the backend")
    command.add_argument("--key-variable", default="", metavar="NAME", help="the environment variable with the key")
    command.add_argument(
        "--executable", default="", metavar="PROGRAM", help="the command-line agent (default: the one on PATH)"
    )
    command.add_argument(
        "client",
        nargs="*",
        metavar="-- CLIENT",
        help="a command that asks in place of the backend; {command} in its words is the agent, {address} the server",
    )


def _replay(commands: Commands) -> None:
    command = _add(commands, "replay", "play recordings to a backend and print its chunks")
    command.add_argument(
        "files",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="a cassette (vcrpy's, or .process.yaml or .websocket.yaml), a recordings/ file or a script",
    )
    command.add_argument("--provider", default="", help="default: guessed from the recording")
    _subject(command)
    command.add_argument("--every", type=int, default=0, metavar="N", help="deliver N bytes at a time")
    command.add_argument("--paced", action="store_true", help="at the recorded pace, where there is one")
    command.add_argument("--json", action="store_true", help="JSON lines")


def _cassettes(commands: Commands) -> None:
    command = _add(commands, "cassettes", "list recordings: age, provenance, coverage")
    _folder(command)
    command.add_argument("--json", action="store_true")


def _serve(commands: Commands) -> None:
    command = _add(commands, "serve", "answer any client on every wire, by script")
    command.add_argument("--port", type=int, default=0, help="default: a free one")
    command.add_argument("--scenario", default="text", metavar="NAME", help="what is said when a prompt names none")


def _kill_matrix(commands: Commands) -> None:
    command = _add(commands, "kill-matrix", "plant every fault and show which checks catch it")
    command.add_argument("--quick", action="store_true", help="one case of each check, all of those that must catch")
    command.add_argument("--traces", action="store_true", help="change legal streams instead: does the monitor see it?")
    command.add_argument("--json", type=Path, metavar="FILE")


def _report(commands: Commands) -> None:
    command = _add(commands, "report", "print a stored JSON report in any form, or compare two")
    command.add_argument("file", type=Path, nargs="?", metavar="FILE")
    command.add_argument("--format", choices=FORMATS, default="text")
    command.add_argument("-o", "--output", type=Path, metavar="FILE", help="default: standard output")
    command.add_argument("--diff", type=Path, nargs=2, metavar=("OLD", "NEW"), help="what fails or passes newly")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    arguments = parser().parse_args(argv)
    from massgen_conformance.commands.problems import USAGE_PROBLEMS

    try:
        module = importlib.import_module(f"massgen_conformance.commands.{arguments.command.replace('-', '_')}")
        return int(module.main(arguments))
    except USAGE_PROBLEMS as problem:
        sys.stderr.write(f"massgen-conformance: {problem}\n")
        return USAGE
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()  # the reader has gone; there is nobody to tell
        return CLEAN
    except Exception:
        sys.stderr.write("massgen-conformance: an error of the kit itself; please report it\n")
        traceback.print_exc()
        return INTERNAL
