"""Write the sample outputs in the READMEs from what the tools print.

python docs/scripts/generate_samples.py           write them
python docs/scripts/generate_samples.py --check   exit 1 if they are not what would be written

A sample is the fenced block under `<!-- sample: NAME -->`. Everything runs here and asks nobody.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = (ROOT / "README.md", ROOT / "conformance" / "README.md")
SAMPLE = re.compile(r"(?<=<!-- sample: )(\w+)( -->\n```\n).*?(?=```\n)", re.DOTALL)
TRUNCATING = "tests.conformance.adapters.openai_sdk:make"  # takes a stream that was cut off for a finished one
AUDITED = ("massgen", "docs", "tests")


def printed(*command: str | Path, said: int) -> list[str]:
    """The lines that a command prints. It must exit with `said`."""
    line = [sys.executable, "-m", *command]
    done = subprocess.run(line, capture_output=True, text=True, cwd=ROOT, check=False)  # noqa: S603  # our own commands
    if done.returncode != said:
        raise RuntimeError(f"{command} exits with {done.returncode}, not {said}: {done.stderr}{done.stdout}")
    return done.stdout.splitlines()


def matrix() -> list[str]:
    """A green matrix: its heading, two providers and the last line."""
    lines = printed("massgen_conformance", "run", "--provider", "claude", "--provider", "groq", said=0)
    return [*lines[:3], lines[-1]]


def failure() -> list[str]:
    """What the kit says of the first case in which the SDK of a vendor is taken in."""
    options = ("--provider", "chatcompletion", "--check", "LIF-02", "--target", TRUNCATING)
    lines = printed("massgen_conformance", "run", *options, said=1)
    start = next(number for number, line in enumerate(lines) if line.startswith("FAIL"))
    return lines[start : start + 4]  # without the wire, which is long


def finding() -> list[str]:
    """The audit of this repository with one import taken out: the row of the table and the finding."""
    with tempfile.TemporaryDirectory() as folder:
        for name in AUDITED:
            shutil.copytree(ROOT / name, Path(folder) / name, ignore=shutil.ignore_patterns("__pycache__"))
        exports = Path(folder) / "massgen" / "backend" / "__init__.py"
        kept = [line for line in exports.read_text().splitlines(keepends=True) if "massgen.backend.groq" not in line]
        exports.write_text("".join(kept))
        lines = printed("massgen_audit", "check", "--no-cache", folder, said=1)
    start = next(number for number, line in enumerate(lines) if line.startswith("groq ("))
    row = next(line for line in lines if line.startswith("groq "))
    return [lines[0], row, "", *lines[start : start + 4]]


SAMPLES: dict[str, Callable[[], list[str]]] = {"matrix": matrix, "failure": failure, "finding": finding}


@cache
def sample(name: str) -> str:
    return "\n".join(SAMPLES[name]()) + "\n"


def filled(page: str) -> str:
    """The page with every sample as it is now."""
    return SAMPLE.sub(lambda found: f"{found[1]}{found[2]}{sample(found[1])}", page)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Write the sample outputs in the READMEs.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a page is not current")
    check = parser.parse_args(argv).check
    stale = 0
    for page in PAGES:
        before = page.read_text(encoding="utf-8")
        after = filled(before)
        if after == before:
            continue
        stale = 1
        if check:
            sys.stderr.write(f"{page.relative_to(ROOT)} is not current: run python docs/scripts/generate_samples.py\n")
        else:
            page.write_text(after, encoding="utf-8")
    return stale if check else 0


if __name__ == "__main__":
    sys.exit(main())
