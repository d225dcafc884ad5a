"""Expected failures: a file in the repository of whoever runs the kit, one entry per known weakness.

    - check: LIF-02
      provider: openai
      reason: the SDK takes a stream that was cut off for a finished one
      link: https://github.com/example/backends/issues/12
      expires: 2027-01-31

An entry turns that check's failure into `xfail`. It never hides anything for good: an entry whose check passes is
`stale`, one past its date is `expired`, one that names no known check or provider is `unknown`; each fails the run.
The link is an address where the weakness is followed up, and the last day is no more than a year away.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

LONGEST_DAYS = 366
"""How far away the last day of an entry may be: what is tolerated for longer is looked at once a year."""

FIELDS = ("check", "provider", "reason", "link", "expires")


class ExpectationError(ValueError):
    """The file cannot be used; lists every problem with its place."""

    def __init__(self, path: Path, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(f"{path}: " + "; ".join(self.problems))


@dataclass(frozen=True, slots=True)
class Expectation:
    """One known weakness, with why it is tolerated and until when (inclusive)."""

    check: str
    provider: str
    reason: str
    link: str
    expires: date

    def __str__(self) -> str:
        return f"{self.check} for {self.provider} ({self.reason}; {self.link})"


@dataclass(frozen=True, slots=True)
class Expectations:
    """All entries of a file, judged on one day."""

    entries: tuple[Expectation, ...] = ()
    today: date = date.max

    def of(self, check: str, provider: str) -> Expectation | None:
        """The entry in force for this check and provider; an expired one is not in force."""
        return next((e for e in self.current if (e.check, e.provider) == (check, provider)), None)

    @property
    def current(self) -> tuple[Expectation, ...]:
        return tuple(entry for entry in self.entries if entry.expires >= self.today)

    def problems(self, checks: Collection[str], providers: Collection[str]) -> list[str]:
        """Entries that are expired or name something unknown, as sentences that say what to do."""
        found = [
            f"expired on {entry.expires}: {entry}; fix it or renew the date"
            for entry in self.entries
            if entry.expires < self.today
        ]
        for entry in self.entries:
            if entry.check not in checks:
                found.append(f"unknown check {entry.check!r} ({entry.provider}); `--check` lists are in the catalogue")
            if entry.provider not in providers:
                known = ", ".join(sorted(providers))
                found.append(f"unknown provider {entry.provider!r} ({entry.check}); known here: {known}")
        return found


def load_expectations(path: Path, today: date) -> Expectations:
    """Read a file of expected failures. Raises `ExpectationError` with every problem at once."""
    import yaml

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ExpectationError(path, [f"cannot be read: {error.strerror}"]) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ExpectationError(path, [f"is not YAML: {error}"]) from error
    rows = [] if content is None else content
    if not isinstance(rows, list):
        raise ExpectationError(path, [f"must be a list of entries with {', '.join(FIELDS)}"])
    problems = [problem for number, row in enumerate(rows, 1) for problem in _row_problems(number, row, today)]
    problems += _duplicates(rows) if not problems else []
    if problems:
        raise ExpectationError(path, problems)
    return Expectations(tuple(_entry(row) for row in rows), today)


def _row_problems(number: int, row: Any, today: date) -> list[str]:
    if not isinstance(row, Mapping):
        return [f"entry {number} is not a mapping (is a space missing after a colon?)"]
    problems = [f"entry {number} lacks {name!r}" for name in FIELDS if not str(row.get(name) or "").strip()]
    problems += [f"entry {number} has the unknown field {name!r}" for name in row if name not in FIELDS]
    if problems:
        return problems
    day = _day(row["expires"])
    if day is None:
        problems.append(f"entry {number}: expires must be a date like 2027-01-31, not {row['expires']!r}")
    elif (day - today).days > LONGEST_DAYS:
        problems.append(f"entry {number}: expires is {day}, more than a year away; choose an earlier day and renew it")
    if not str(row["link"]).startswith(("https://", "http://")):
        problems.append(f"entry {number}: link must be an address, such as that of an issue, not {row['link']!r}")
    return problems


def _duplicates(rows: list[Any]) -> list[str]:
    names = [(str(row["check"]), str(row["provider"])) for row in rows]
    repeated = sorted({name for name in names if names.count(name) > 1})
    return [f"{check} for {provider} is listed twice" for check, provider in repeated]


def _entry(row: Mapping[str, Any]) -> Expectation:
    day = _day(row["expires"])
    assert day is not None  # _row_problems refused it otherwise
    return Expectation(str(row["check"]), str(row["provider"]), str(row["reason"]), str(row["link"]), day)


def _day(value: Any) -> date | None:
    if isinstance(value, date):
        return date(value.year, value.month, value.day)
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None
