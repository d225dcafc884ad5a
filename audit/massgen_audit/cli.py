"""The command: parses arguments, reads and writes files, chooses the exit code. What it prints is made elsewhere.

Exit codes: 0 clean, 1 findings, 2 usage, policy or unreadable source, 3 internal error.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from massgen_audit.collector import uncollected

if TYPE_CHECKING:
    from massgen_audit.commands import Checkout
    from massgen_audit.values import Audit

CLEAN: Final = 0
FINDINGS: Final = 1
USAGE: Final = 2
INTERNAL: Final = 3
FORMATS: Final = (
    "text", "concise", "json", "jsonl", "sarif", "github", "gitlab", "junit", "markdown", "csv", "html",
)  # fmt: skip
DIFF_FORMATS: Final = ("text", "concise", "json", "markdown", "github", "sarif")
FAIL_ON: Final = ("missing", "partial", "planned", "unverifiable")
BASELINE: Final = "massgen-audit-baseline.txt"


class UsageError(Exception):
    """What was asked cannot be done; the message says what to ask instead."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code; never raises for what a user can cause."""
    parser = _parser()
    arguments = _parsed(parser, argv)
    try:
        with uncollected:
            code: int = arguments.run(arguments)
    except UsageError as error:
        print(f"massgen-audit: {error}", file=sys.stderr)  # noqa: T201 - a command line prints
        return USAGE
    except BrokenPipeError:
        sys.stderr.close()
        return CLEAN
    except KeyboardInterrupt:
        return USAGE
    except Exception as error:
        return _internal(error)
    return code


def _parsed(parser: argparse.ArgumentParser, argv: Sequence[str] | None) -> argparse.Namespace:
    """The arguments, with a ROOT that stands after options: argparse takes optional places at their first chance."""
    arguments, rest = parser.parse_known_args(argv)
    if len(rest) == 1 and not rest[0].startswith("-") and getattr(arguments, "root", None) == ".":
        arguments.root = rest[0]
    elif rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    return arguments


def _internal(error: Exception) -> int:
    """Errors that carry an explanation end with it; anything else is a bug and says so."""
    from massgen_audit.baseline import BaselineError
    from massgen_audit.git import GitError
    from massgen_audit.model.layout import UnusableCheckout
    from massgen_audit.policy import PolicyError

    if isinstance(error, UnusableCheckout | PolicyError | BaselineError | GitError):
        print(f"massgen-audit: {error}", file=sys.stderr)  # noqa: T201 - a command line prints
        return USAGE
    import traceback

    traceback.print_exc()
    print("massgen-audit: internal error, please report it with the lines above", file=sys.stderr)  # noqa: T201 - as above
    return INTERNAL


def _parser() -> argparse.ArgumentParser:
    from massgen_audit import __version__

    parser = argparse.ArgumentParser(
        prog="massgen-audit",
        description="Shows, per LLM backend, which integration points are missing, and where each belongs.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_check(commands)
    _add_diff(commands)
    _command(commands, "matrix", _matrix, "print the table of backends and points")
    explain = _command(commands, "explain", _explain, "show how one verdict came about", root=False)
    explain.add_argument("code", metavar="CODE", help="a rule, e.g. MG201")
    explain.add_argument("unit", metavar="UNIT", help="a backend type, or a class")
    explain.add_argument("root", metavar="ROOT", nargs="?", default=".")
    _add_conformance(explain)
    rule = commands.add_parser("rule", help="describe one rule, with its examples")
    rule.add_argument("code", metavar="CODE")
    rule.set_defaults(run=_rule)
    rules = commands.add_parser("rules", help="list every rule")
    rules.add_argument("--format", choices=("text", "markdown"), default="text")
    rules.set_defaults(run=_rules)
    fix = _command(commands, "fix", _fix, "write what can be written mechanically")
    fix.add_argument("--diff", action="store_true", help="print the changes, write nothing")
    fix.add_argument("--unsafe", action="store_true", help="also changes that may alter behaviour")
    _add_scaffold(commands)
    _add_migrate(commands)
    _add_dup(commands)
    facts = _command(commands, "facts", _facts, "print what is known of each backend type, as JSON")
    facts.set_defaults(run=_facts)
    baseline = commands.add_parser("baseline", help="accept what is found today")
    actions = baseline.add_subparsers(required=True, metavar="ACTION")
    write = _command(actions, "write", _baseline_write, "write the baseline; refuses to add lines to an existing one")
    _add_conformance(write)
    write.add_argument("--allow-growth", action="store_true", help="accept findings that are not in the file yet")
    return parser


def _add_check(commands: object) -> None:
    check = _command(commands, "check", _check, "audit a checkout and report findings")
    check.add_argument("--format", choices=FORMATS, default="text")
    _add_threshold(check)
    check.add_argument(
        "--changed",
        nargs="?",
        const="HEAD",
        metavar="REF",
        help="only what changed since HEAD and REF parted (default: since HEAD); put ROOT before it",
    )
    check.add_argument("--all", action="store_true", help="list what is present as well")
    _add_conformance(check)
    check.add_argument("--timings", action="store_true", help="print the CPU time of each rule to stderr")


def _add_conformance(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--with-conformance", metavar="FILE", help="the kit's JSON report: what disagrees is a finding")


def _add_threshold(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--fail-on", choices=FAIL_ON, default="partial", help="the mildest status that fails the run")
    parser.add_argument("--strict", action="store_true", help="unverifiable and recommended findings fail too")
    parser.add_argument("--exit-zero", action="store_true", help="report, and exit 0 whatever is found")


def _add_diff(commands: object) -> None:
    diff = _command(commands, "diff", _diff, "what is new and what is gone since a commit", root=False, baseline=False)
    diff.add_argument("ref", metavar="REF", help="a commit, or two as REF..REF2 (REF...REF2: since they parted)")
    _add_root(diff)
    diff.add_argument("--merge-base", action="store_true", help="compare with where HEAD and REF parted, not with REF")
    diff.add_argument("--format", choices=DIFF_FORMATS, default="text")
    _add_threshold(diff)


def _add_root(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("root", metavar="ROOT", nargs="?", default=".", help="a checkout, or a directory inside it")
    parser.add_argument("--backend", action="append", default=[], metavar="TYPE", help="only this type; repeatable")


def _add_scaffold(commands: object) -> None:
    scaffold = _command(
        commands, "scaffold", _scaffold, "create a backend type with every integration point", root=False
    )
    scaffold.add_argument("name", metavar="NAME", help="the type, as a configuration names it")
    scaffold.add_argument("root", metavar="ROOT", nargs="?", default=".")
    scaffold.add_argument("--base", choices=("chat", "response", "custom", "cli", "sdk"), default="chat")
    scaffold.add_argument("--auth", choices=("key", "oauth", "none"), default="key")
    scaffold.add_argument("--title", help="the provider's name for people")
    scaffold.add_argument("--base-url", metavar="URL", help="where the provider's API is")
    scaffold.add_argument("--diff", action="store_true", help="print the changes, write nothing")


def _add_migrate(commands: object) -> None:
    migrate: argparse.ArgumentParser = commands.add_parser(  # type: ignore[attr-defined]  # sub-parsers
        "migrate", help="change an old way of the checkout to the shared one, proven first"
    )
    migrate.add_argument("migration", metavar="NUMBER", nargs="?", default="", help="a migration, by number or name")
    _add_root(migrate)
    migrate.add_argument("--list", action="store_true", help="tell the migrations")
    migrate.add_argument("--format", choices=("text", "markdown"), default="text", help="of the list")
    migrate.add_argument("--diff", action="store_true", help="print the changes, write nothing")
    migrate.add_argument("--unsafe", action="store_true", help="also changes that may alter behaviour")
    migrate.add_argument("--no-cache", action="store_true", help="neither read nor write the fact cache")
    migrate.set_defaults(run=_migrate)


def _add_dup(commands: object) -> None:
    dup: argparse.ArgumentParser = commands.add_parser(  # type: ignore[attr-defined]  # sub-parsers
        "dup", help="find duplicated code across backends, and what to call instead"
    )
    dup.add_argument("root", metavar="ROOT", nargs="?", default=".", help="a checkout, or a directory inside it")
    dup.add_argument("--format", choices=("text", "json", "markdown"), default="text")
    dup.add_argument(
        "--fail-over", type=_count, default=0, metavar="LINES", help="exit 1 if a group saves more; 0 only reports"
    )
    dup.add_argument("--no-cache", action="store_true", help="neither read nor write the fact cache")
    dup.set_defaults(run=_dup)


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"a number of lines from 0 on, not {number}")
    return number


def _command(
    commands: object, name: str, run: object, text: str, *, root: bool = True, baseline: bool = True
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=text)  # type: ignore[attr-defined]  # sub-parsers
    if root:
        _add_root(parser)
    parser.add_argument("--policy", metavar="FILE", help="exemptions to use instead of massgen-audit.yaml in the root")
    if baseline:
        parser.add_argument("--baseline", metavar="FILE", help="known findings; new ones and stale lines fail")
    parser.add_argument("--no-cache", action="store_true", help="neither read nor write the fact cache")
    parser.set_defaults(run=run)
    return parser


def _audit(arguments: argparse.Namespace, *, baseline: bool = True) -> Audit:
    from massgen_audit.commands import open_checkout

    return open_checkout(arguments).audit(baseline=baseline)


def _check(arguments: argparse.Namespace) -> int:
    from massgen_audit.commands import fails, open_checkout, print_timings, render

    checkout = open_checkout(arguments)
    audit = checkout.audit(baseline=True) if arguments.changed is None else _changed(checkout)
    _write(render(audit, arguments.format, checkout.catalogue, everything=arguments.all))
    if arguments.timings:
        print_timings(checkout.timings)
    if arguments.exit_zero:
        return CLEAN
    return FINDINGS if fails(audit, arguments.fail_on, strict=arguments.strict) else CLEAN


def _changed(checkout: Checkout) -> Audit:
    from massgen_audit.comparing import check_changed

    return check_changed(checkout)


def _diff(arguments: argparse.Namespace) -> int:
    from massgen_audit.commands import open_checkout
    from massgen_audit.comparing import diff, failing, render

    checkout = open_checkout(arguments)
    found = diff(checkout)
    _write(render(found, arguments.format, checkout.root))
    failed = failing(found, arguments.fail_on, strict=arguments.strict)
    return FINDINGS if failed and not arguments.exit_zero else CLEAN


def _matrix(arguments: argparse.Namespace) -> int:
    from massgen_audit.commands import open_checkout, render

    checkout = open_checkout(arguments)
    _write(render(checkout.audit(baseline=True), "matrix", checkout.catalogue))
    return CLEAN


def _explain(arguments: argparse.Namespace) -> int:
    from massgen_audit.commands import explain

    arguments.backend = []
    _write(explain(_audit(arguments), arguments.code, arguments.unit))
    return CLEAN


def _rule(arguments: argparse.Namespace) -> int:
    from massgen_audit.docs import rule_page
    from massgen_audit.rule import load_duplication_rules, load_rules, select

    found = select((*load_rules(), *load_duplication_rules()), arguments.code)
    if found is None:
        raise UsageError(f"there is no rule {arguments.code}: `massgen-audit rules` lists them")
    _write(rule_page(found))
    return CLEAN


def _rules(arguments: argparse.Namespace) -> int:
    from massgen_audit.rule import load_duplication_rules, load_rules

    rules = (*load_rules(), *load_duplication_rules())
    if arguments.format == "markdown":
        from massgen_audit.docs import catalogue

        _write(catalogue(rules))
        return CLEAN
    for rule in rules:
        point = f"point {rule.point}" if rule.point else "-"
        _write(f"{rule.code}  {point:<9} {rule.tier:<12} {rule.slug:<30} {rule.summary}\n")
    return CLEAN


def _fix(arguments: argparse.Namespace) -> int:
    from massgen_audit.commands import fix, open_checkout

    return CLEAN if fix(open_checkout(arguments), diff=arguments.diff, unsafe=arguments.unsafe) else FINDINGS


def _scaffold(arguments: argparse.Namespace) -> int:
    from massgen_audit.commands import open_checkout
    from massgen_audit.creating import scaffold

    arguments.backend = []
    return CLEAN if scaffold(open_checkout(arguments), arguments) else FINDINGS


def _migrate(arguments: argparse.Namespace) -> int:
    from massgen_audit.creating import migrate, migrations

    if arguments.list or not arguments.migration:
        _write(migrations(arguments.format))
        return CLEAN
    from massgen_audit.commands import open_checkout

    return CLEAN if migrate(open_checkout(arguments), arguments) else FINDINGS


def _dup(arguments: argparse.Namespace) -> int:
    from massgen_audit.commands import open_checkout
    from massgen_audit.searching import dup

    text, failed = dup(open_checkout(arguments), arguments)
    _write(text)
    return FINDINGS if failed else CLEAN


def _facts(arguments: argparse.Namespace) -> int:
    from massgen_audit.commands import facts, open_checkout

    _write(facts(open_checkout(arguments)))
    return CLEAN


def _baseline_write(arguments: argparse.Namespace) -> int:
    from massgen_audit.commands import open_checkout, write_baseline

    message = write_baseline(open_checkout(arguments), arguments.baseline or BASELINE, arguments.allow_growth)
    _write(f"{message}\n")
    return CLEAN


def read_text(name: str) -> str:
    """A file the user named. Raises UsageError if it cannot be read."""
    try:
        return Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{name} cannot be read: {error}") from None


def _write(text: str) -> None:
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
    if not text.endswith("\n"):
        sys.stdout.write("\n")
