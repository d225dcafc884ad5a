"""`massgen-audit dup`: each group with what to call instead, what saves most first."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import indent

import pytest

from massgen_audit.cli import CLEAN, FINDINGS, main
from massgen_audit.copied import PATH, with_copies
from massgen_audit.facts.source import Source
from massgen_audit.model.duplicates import Duplicate, duplicates, lines_saved
from massgen_audit.model.repo import RepoModel
from massgen_audit.report.duplication import advice
from massgen_audit.rule import Edit
from massgen_audit.testing import build_files
from massgen_audit.tree import MemoryTree

ACME = "massgen/backend/acme.py"
CUSTOM = "massgen/backend/base_with_custom_tool_and_mcp.py"
COUNT = """\
def count(self, usage):
    prompt = usage.get("prompt_tokens", 0)
    written = usage.get("completion_tokens", 0)
    self.token_usage.input_tokens += prompt
    self.token_usage.output_tokens += written
    self.token_usage.estimated_cost += self.calculate_cost(prompt, written, self.model)
    return prompt + written
"""
CLOSE = """\
async def close(self):
    for job in list(self._jobs):
        if not job.done():
            job.cancel()
    waited = [job for job in self._jobs if job.cancelled()]
    await self.settle(waited, timeout=self.limit)
    self._jobs = [job for job in self._jobs if job not in waited]
    return waited
"""


def groups(*edits: Edit) -> tuple[Duplicate, ...]:
    return duplicates(RepoModel(Source(MemoryTree(build_files(edits)))))


def test_what_saves_most_lines_comes_first_and_copies_name_their_functions() -> None:
    close, count = groups(*with_copies(f"{COUNT}\n{CLOSE}", f"{CLOSE}\n{COUNT}"))
    assert (close.concern, close.saved, count.code, count.saved) == ("tool execution", 8, "MGD04", 7)
    assert [copy.owners for copy in count.copies] == [("AcmeBackend.count",), ("OtherBackend.count",)]
    assert all(copy.whole for copy in count.copies)
    assert lines_saved((close, count)) == 15


def test_a_line_that_two_groups_have_is_saved_once() -> None:
    (group,) = groups(*with_copies(COUNT, COUNT))
    assert lines_saved((group, group)) == group.saved


def test_a_class_above_the_copies_is_their_home_and_the_shared_piece_is_named() -> None:
    (group,) = groups(*with_copies(COUNT, COUNT))
    first, second = advice(group)
    assert first.startswith(f"one method of CustomToolAndMCPBackend ({CUSTOM}:4)")
    assert second == "TokenCostCalculator (massgen/token_manager/token_manager.py:10) is shared for it"


def test_what_the_class_above_has_already_needs_no_copy() -> None:
    support = "        return FilesystemSupport.MCP\n"
    (group,) = groups(
        Edit(CUSTOM, support, f"{support}\n{indent(COUNT, '    ')}"),
        Edit(ACME, '        return ["search"]\n', f'        return ["search"]\n\n{indent(COUNT, "    ")}'),
    )
    assert group.held
    assert group.kept.place.path == CUSTOM
    assert advice(group)[0] == f"CustomToolAndMCPBackend ({CUSTOM}:4) has it: what inherits it needs no copy"


def test_what_a_shared_module_has_is_to_be_called_there() -> None:
    body = COUNT.replace("self, usage", "usage").replace("self.", "state.")
    formatter = "massgen/formatter/_acme_formatter.py"
    files = build_files([Edit(PATH, "", f"state = None\n\n\n{body}")])
    files[formatter] += f"\n\nstate = None\n\n\n{body}"
    (group,) = duplicates(RepoModel(Source(MemoryTree(files))))
    assert group.home is not None
    assert (group.home.path, group.home.name) == (formatter, "count")
    assert advice(group)[0] == f"count ({formatter}:18) has it: call it"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for path, text in build_files(with_copies(COUNT, COUNT)).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


def test_the_command_fails_only_over_the_lines_that_are_allowed(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["dup", "--no-cache", str(checkout)]) == CLEAN
    text = capsys.readouterr().out
    assert main(["dup", "--no-cache", str(checkout)]) == CLEAN
    assert capsys.readouterr().out == text
    assert "MGD04 token counting: 7 lines, 7 saved" in text
    assert main(["dup", "--no-cache", "--fail-over", "7", str(checkout)]) == CLEAN
    assert main(["dup", "--no-cache", "--fail-over", "6", str(checkout)]) == FINDINGS


def test_json_and_markdown_say_the_same(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["dup", "--no-cache", "--format", "json", str(checkout)])
    document = json.loads(capsys.readouterr().out)
    (group,) = document["groups"]
    assert document["summary"] == {"groups": 1, "lines_saved": 7}
    assert [copy["path"] for copy in group["copies"]] == [ACME, PATH]
    assert group["home"]["held"] is False
    main(["dup", "--no-cache", "--format", "markdown", str(checkout)])
    page = capsys.readouterr().out
    assert all(f"{copy['path']}:{copy['line']}-{copy['end_line']}" in page for copy in group["copies"])
    assert all(sentence in page for sentence in group["advice"])


def test_this_repository_repeats_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dup", "--no-cache", "--fail-over", "1", str(Path(__file__).parents[2])]) == CLEAN
    assert capsys.readouterr().out == "no duplicated code in the backends\n"
