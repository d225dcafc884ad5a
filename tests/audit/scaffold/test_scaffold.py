"""A type from nothing: clean at once, here and in a checkout of MassGen's shape, and never over anything."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from massgen_audit import cli
from massgen_audit.api import audit_tree
from massgen_audit.fixes.overlay import OverlayTree
from massgen_audit.fixes.plan import plan_fixes
from massgen_audit.scaffold import AUTHS, BASES, CannotScaffold, plan_scaffold, spec_of
from massgen_audit.skeleton import SKELETON
from massgen_audit.tree import DirectoryTree, MemoryTree
from massgen_audit.values import POINTS, Status
from tests.audit.kept import Kept

ROOT = Path(__file__).parents[3]
PAIRS = [(base, auth) for base in BASES for auth in AUTHS]
PARENT = """\
from ..api_params_handler._acme_api_params_handler import AcmeAPIParamsHandler
from ..formatter._acme_formatter import AcmeFormatter
from .acme import AcmeBackend


class {name}(AcmeBackend):
    def __init__(self, api_key=None, **kwargs):
        super().__init__(api_key, **kwargs)
        self.formatter = AcmeFormatter()
        self.api_params_handler = AcmeAPIParamsHandler(self)
"""
SHAPED = {
    **SKELETON,
    "massgen/backend/base.py": SKELETON["massgen/backend/base.py"]
    + "\n    def update_token_usage(self, messages, text, model):\n        self.usage = text\n",
    "massgen/backend/chat_completions.py": PARENT.format(name="ChatCompletionsBackend"),
    "massgen/backend/response.py": PARENT.format(name="ResponseBackend"),
    "massgen/formatter/_chat_completions_formatter.py": "from ._acme_formatter import AcmeFormatter\n\n\n"
    "class ChatCompletionsFormatter(AcmeFormatter):\n    pass\n",
    "massgen/api_params_handler/_chat_completions_api_params_handler.py": "from ._acme_api_params_handler import "
    "AcmeAPIParamsHandler\n\n\nclass ChatCompletionsAPIParamsHandler(AcmeAPIParamsHandler):\n    pass\n",
}
FAILING = {Status.MISSING, Status.PARTIAL, Status.UNVERIFIABLE}


KEPT = Kept()


@pytest.fixture(scope="module")
def here() -> MemoryTree:
    tree = DirectoryTree(ROOT)
    kit = ("providers.py", "cassette/endpoints.py")
    paths = [*tree.paths(), *(f"conformance/massgen_conformance/{name}" for name in kit)]
    return MemoryTree({path: tree.read(path) for path in paths})


def made(tree: MemoryTree, base: str, auth: str, name: str = "nova_llm") -> OverlayTree:
    planned = plan_scaffold(tree, spec_of(name, base, auth), KEPT)
    assert planned.open == ()
    return OverlayTree(tree, planned.edits)


def points(tree: OverlayTree, name: str = "nova_llm") -> dict[int, Status]:
    found = next(item for item in audit_tree(tree, cache=KEPT, only={name}).backends if item.type == name)
    return {number: found.point(number) for number in POINTS}


@pytest.mark.parametrize(("base", "auth"), PAIRS)
def test_a_type_is_whole_at_once_in_a_checkout_of_massgens_shape(base: str, auth: str) -> None:
    tree = made(MemoryTree(SHAPED), base, auth)
    assert not FAILING & set(points(tree).values())
    again = audit_tree(tree, cache=KEPT)
    assert plan_fixes(again, tree, unsafe=True, cache=KEPT) == []
    compile(tree.read("massgen/backend/nova_llm.py"), "nova_llm.py", "exec")


# Each base once and each way to log in: what differs between the pairs is the text of one module.
@pytest.mark.parametrize(
    ("base", "auth"),
    [("chat", "key"), ("response", "none"), ("custom", "oauth"), ("cli", "key"), ("sdk", "oauth")],
)
def test_a_type_is_whole_at_once_here_and_can_be_imported(
    here: MemoryTree, base: str, auth: str, tmp_path: Path
) -> None:
    tree = made(here, base, auth)
    assert not FAILING & set(points(tree).values())
    for path in [path for path in tree.paths() if path.endswith(".py") and path.startswith("massgen/")]:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(tree.read(path))
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from massgen.cli import create_backend\n"
        "backend = create_backend('nova_llm', api_key='key', model='any')\n"
        "print(type(backend).__name__, backend.get_provider_name(), sys.modules['massgen'].__file__)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    profile = b'Profile("nova_llm", ' in tree.read("conformance/massgen_conformance/providers.py")
    endpoint = b'"nova_llm": Endpoint(' in tree.read("conformance/massgen_conformance/cassette/endpoints.py")
    assert profile is (base != "sdk")  # the kit plays no SDK,
    assert endpoint is (base not in ("cli", "sdk"))  # and records at the address of what has one
    assert done.stdout.split() == ["NovaLlmBackend", "Nova", "Llm", str(tmp_path / "massgen/__init__.py")], done.stderr


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Nova", "no name of a type"),
        ("9lives", "no name of a type"),
        ("a-b", "no name of a type"),
        ("../x", "no name of a type"),
        ("class", "a word of Python"),
        ("match", "a word of Python"),
        ("acme", "there is a backend type acme"),
        ("taken", "exists: choose another name"),
    ],
)
def test_a_name_that_cannot_be_is_refused(name: str, told: str) -> None:
    tree = MemoryTree({**SHAPED, "massgen/backend/taken.py": ""})
    with pytest.raises(CannotScaffold, match=told):
        plan_scaffold(tree, spec_of(name, "chat", "key"), KEPT)


def test_a_base_that_the_checkout_does_not_have_is_refused() -> None:
    with pytest.raises(CannotScaffold, match="has no ChatCompletionsBackend"):
        plan_scaffold(MemoryTree(SKELETON), spec_of("nova", "chat", "key"), KEPT)


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def call(*arguments: object) -> tuple[int, str, str]:
        code = cli.main([str(item) for item in arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return call


def test_the_command_shows_then_writes_then_refuses_to_write_again(run: Run, tmp_path: Path) -> None:
    root = tmp_path / "checkout"
    for path, text in SHAPED.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    code, out, _ = run("scaffold", "nova", root, "--title", "Nova One", "--diff")
    assert (code, "+++ b/massgen/backend/nova.py" in out) == (0, True)
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before
    code, out, _ = run("scaffold", "nova", root, "--title", "Nova One")
    assert (code, "added   massgen/backend/nova.py" in out) == (0, True)
    assert "nova" not in run("check", root, "--format", "concise")[1]
    code, out, err = run("scaffold", "nova", root)
    assert (code, out) == (2, "")
    assert "there is a backend type nova" in err
