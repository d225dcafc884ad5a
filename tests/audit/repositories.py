"""Git repositories on disk for tests: the skeleton, committed, with nothing of the user's configuration."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from massgen_audit.skeleton import SKELETON

_ENVIRONMENT = {
    **{key: text for key, text in os.environ.items() if not key.startswith("GIT_")},
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    **{
        f"GIT_{who}_{what}": text for who in ("AUTHOR", "COMMITTER") for what, text in (("NAME", "a"), ("EMAIL", "a@b"))
    },
}


def git(root: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=root, env=_ENVIRONMENT, capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout.strip()


def write(root: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, newline="")


def commit(root: Path, message: str = "all") -> str:
    """Commits everything and gives the commit's id."""
    git(root, "add", "--all", "--force")
    git(root, "commit", "--quiet", "--message", message)
    return git(root, "rev-parse", "HEAD")


def skeleton(root: Path, inside: str = "") -> Path:
    """A repository at `root` with the complete checkout in its directory `inside`, committed; gives the checkout."""
    root.mkdir(parents=True, exist_ok=True)
    git(root, "init", "--quiet", "--initial-branch", "main")
    checkout = root / inside
    write(checkout, dict(SKELETON))
    commit(root)
    return checkout


def edit(root: Path, path: str, old: str, new: str) -> None:
    text = (root / path).read_text()
    assert text.count(old) == 1
    (root / path).write_text(text.replace(old, new))
