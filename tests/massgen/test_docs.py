"""The documentation says what the code says."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from massgen.backend.capabilities import BACKEND_CAPABILITIES
from massgen.backend.stream_chunk import ErrorKind
from massgen.config_source import parse
from massgen.config_validator import validate_config
from massgen.wire.failure import RETRYABLE

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "docs" / "source" / "reference" / "yaml_schema.rst"
GUIDE = ROOT / "docs" / "source" / "user_guide" / "backends.rst"
FAILURES = GUIDE.with_name("failures_and_costs.rst")


@pytest.fixture
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("tables", ROOT / "docs" / "scripts" / "generate_backend_tables.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_generated_tables_are_current(generator: ModuleType) -> None:
    assert generator.main(["--check"]) == 0


def test_a_stale_table_is_noticed_and_written_anew(
    generator: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / generator.PAGE
    page.parent.mkdir(parents=True)
    page.write_text("old")
    monkeypatch.setattr(generator, "ROOT", tmp_path)
    assert generator.main(["--check"]) == 1
    assert "out of date" in capsys.readouterr().err
    assert page.read_text() == "old"
    assert generator.main([]) == 0
    assert generator.main(["--check"]) == 0


def test_the_tables_name_every_type_model_and_key(generator: ModuleType) -> None:
    text = generator.render()
    for kind, row in BACKEND_CAPABILITIES.items():
        names = [kind, *row.key_variables, *([] if row.is_open else row.models)]
        assert all(f"``{name}``" in text for name in names)


def blocks(page: Path) -> list[str]:
    """The YAML examples of a page, without their indentation."""
    found = re.findall(r"^\.\. code-block:: yaml\n\n((?:   .*\n|\n)+)", page.read_text(), re.MULTILINE)
    return [re.sub(r"^   ", "", block, flags=re.MULTILINE) for block in found]


@pytest.mark.parametrize("page", [SCHEMA, GUIDE, FAILURES], ids=["schema", "guide", "failures"])
def test_every_example_on_a_page_is_valid(page: Path) -> None:
    examples = blocks(page)
    assert examples
    for example in examples:
        assert validate_config(parse(example).data) == []


def test_the_page_on_failures_says_what_is_tried_again() -> None:
    rows = re.findall(r"   \* - (``.+``)\n     - (\w+)", FAILURES.read_text())
    said = {kind: answer for kinds, answer in rows for kind in re.findall(r"``(\w+)``", kinds)}
    ours = {ErrorKind.CONFIG, ErrorKind.TOOL}  # what no provider reports
    assert set(said) == set(ErrorKind) - ours
    assert {kind for kind, answer in said.items() if answer == "yes"} == RETRYABLE


@pytest.mark.parametrize("kind", BACKEND_CAPABILITIES)
def test_the_guide_has_a_section_with_an_example_and_the_key_of_each_type(kind: str) -> None:
    row = BACKEND_CAPABILITIES[kind]
    heading = f"{row.provider_name}\n{'-' * len(row.provider_name)}\n"
    text = GUIDE.read_text()
    section = text[text.index(heading) :].removeprefix(heading)
    section = section[: re.search(r"\n-{3,}\n|\Z", section).start()]  # type: ignore[union-attr]  # \Z always matches
    assert re.search(rf"^ +type: {kind}$", section, re.MULTILINE)
    assert all(f"``{name}``" in section for name in row.key_variables)


@pytest.mark.parametrize("kind", BACKEND_CAPABILITIES)
def test_the_schema_lists_each_type_and_its_key(kind: str) -> None:
    text = SCHEMA.read_text()
    assert f"   * - ``{kind}``" in text
    assert all(f"``{name}``" in text for name in BACKEND_CAPABILITIES[kind].key_variables)
