"""A git repository as far as an audit needs it: commits by name, merge bases, lists of files, objects.

Only plumbing is used that reads objects: no checkout, no index, no hooks, no filters, no textconv. The repository's
own configuration is not trusted: what git could start because of it is switched off, and missing objects of a partial
clone are not fetched. The user's own configuration counts, so that git's check of who owns a repository does.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

LINK: Final = "120000"
SUBMODULE: Final = "160000"
MAX_FILES: Final = 300_000
"""A tree of a few bytes can name more files than a disk holds."""
_PATIENCE: Final = 60.0  # seconds for one answer of git
_OPTIONS: Final = (
    *("--no-pager", "--literal-pathspecs", "-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}"),
    *("-c", "protocol.allow=never", "-c", "core.sshCommand=false", "-c", "credential.helper="),
)
_SETTINGS: Final = {
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
# Where another repository is, as a hook's environment says it: this one is found from its directory.
_ELSEWHERE: Final = frozenset(
    {
        *("GIT_DIR", "GIT_WORK_TREE", "GIT_IMPLICIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"),
        *("GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_COMMON_DIR", "GIT_PREFIX", "GIT_NAMESPACE", "GIT_GRAFT_FILE"),
        *("GIT_SHALLOW_FILE", "GIT_REPLACE_REF_BASE", "GIT_CONFIG", "GIT_LITERAL_PATHSPECS"),
    }
)


class GitError(Exception):
    """What was asked of git cannot be answered; the message says what to do."""


class Entry(NamedTuple):
    """One file of a commit: its mode in octal digits, and the id of its content."""

    mode: str
    oid: str


class Repository:
    """The repository that holds a directory. Raises GitError if there is none or git refuses it."""

    def __init__(self, directory: Path) -> None:
        program = shutil.which("git")
        if program is None:
            raise GitError("git is not installed: it reads the commit that is compared")
        self._directory = directory
        self._command = (program, *_OPTIONS)
        self._environment = {key: text for key, text in os.environ.items() if key not in _ELSEWHERE} | _SETTINGS
        self.prefix = os.fsdecode(self._ask("rev-parse", "--show-prefix")).rstrip("\n").rstrip("/")

    def commit(self, name: str) -> str:
        """The id of the commit that a name means."""
        if name.startswith("-") or not name.isprintable():
            raise GitError(f"{name!r} is not the name of a commit")
        try:
            return self._ask("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}").decode("ascii").strip()
        except GitError:
            raise GitError(f"there is no commit {name} in {self._directory}: fetch it, or name another") from None

    def unborn(self) -> bool:
        """Whether the branch that is checked out has no commit yet."""
        try:
            self._ask("symbolic-ref", "--quiet", "HEAD")
        except GitError:
            return False  # a commit is checked out, not a branch
        try:
            self._ask("rev-parse", "--verify", "--quiet", "HEAD")
        except GitError:
            return True
        return False

    def merge_base(self, one: str, other: str) -> str:
        """The id of the commit where two began to differ."""
        try:
            return self._ask("merge-base", one, other).decode("ascii").split()[0]
        except GitError:
            raise GitError(
                f"{one[:12]} and {other[:12]} have no commit in common here: is the clone shallow?"
            ) from None

    def files(self, commit: str) -> Iterator[tuple[str, Entry]]:
        """Every file of a commit below this directory. Raises GitError for a commit that cannot be listed."""
        with self._start("ls-tree", "-r", "-z", "--full-tree", f"{commit}:{self.prefix}") as process:
            try:
                for number, (path, entry) in enumerate(_entries(process)):
                    if number >= MAX_FILES:
                        raise GitError(f"{commit[:12]} has more than {MAX_FILES:,} files")
                    yield path, entry
                if process.wait(_PATIENCE):
                    inside = f"{self.prefix} is not in it, or " if self.prefix else ""
                    raise GitError(f"{commit[:12]} cannot be listed: {inside}its objects are not in this clone")
            finally:
                process.kill()

    def objects(self) -> subprocess.Popen[bytes]:
        """`git cat-file --batch`: an id a line in, header and content out."""
        return self._start("cat-file", "--batch", stdin=subprocess.PIPE)

    def _start(self, *arguments: str, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603  # git, with arguments of our own
            (*self._command, *arguments),
            cwd=self._directory,
            env=self._environment,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def _ask(self, *arguments: str) -> bytes:
        try:
            done = subprocess.run(  # noqa: S603  # as above
                (*self._command, *arguments),
                cwd=self._directory,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_PATIENCE,
                check=True,
            )
        except subprocess.CalledProcessError as error:
            told = bytes(error.stderr).decode("utf-8", "replace").strip()
            raise GitError(f"git cannot read {self._directory}: {told or 'no answer'}") from None
        except (OSError, subprocess.TimeoutExpired) as error:
            raise GitError(f"git cannot read {self._directory}: {error}") from None
        return done.stdout


def _entries(process: subprocess.Popen[bytes]) -> Iterator[tuple[str, Entry]]:
    """The records of `ls-tree -z`: `mode type id<TAB>path`, each ended by NUL."""
    rest = b""
    while process.stdout is not None and (block := process.stdout.read(1 << 16)):
        *records, rest = (rest + block).split(b"\0")
        for record in records:
            facts, _, path = record.partition(b"\t")
            mode, _, oid = facts.decode("ascii").split()
            yield os.fsdecode(path), Entry(mode, oid)
