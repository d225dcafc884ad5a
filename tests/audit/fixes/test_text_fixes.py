"""Each fix on small sources: what it writes, what it leaves alone, what it refuses, and that twice is once."""

from __future__ import annotations

import difflib

import pytest
import yaml

from massgen_audit.fixes.branch import BranchFacts, add_branch
from massgen_audit.fixes.dispatch import add_row
from massgen_audit.fixes.edit import BrokenFix, CannotFix, is_addition, quote_of, rewritten
from massgen_audit.fixes.entry import add_entry
from massgen_audit.fixes.example import example_path, example_yaml
from massgen_audit.fixes.excluded import add_excluded
from massgen_audit.fixes.exports import add_import, add_to_all
from massgen_audit.skeleton import BACKEND_INIT, CAPABILITIES, CLI
from massgen_audit.values import FILL_IN


def added(before: str, after: str) -> str:
    """The added lines; fails if a line went away."""
    lines = list(difflib.ndiff(before.splitlines(), after.splitlines()))
    assert not [line for line in lines if line.startswith("- ")]
    return "\n".join(line[2:] for line in lines if line.startswith("+ "))


def exported(source: str) -> str:
    return add_to_all(add_import(source, "massgen.backend", "beta", "BetaBackend"), "BetaBackend")


EXPORTS = [
    ("sorted list", BACKEND_INIT, 'from .beta import BetaBackend\n    "BetaBackend",'),
    (
        "appended",
        'from .acme import AcmeBackend\n\n__all__: list[str] = []\n__all__.append("AcmeBackend")\nLIMIT = 1\n',
        'from .beta import BetaBackend\n__all__.append("BetaBackend")',
    ),
    (
        "appended under a condition, behind a list",
        'from .acme import AcmeBackend\n\n__all__ = [\n    "AcmeBackend",\n    # "Old",\n]\nif AcmeBackend:\n'
        '    __all__.append("Other")\n',
        'from .beta import BetaBackend\n    "BetaBackend",',
    ),
    ("augmented", "__all__ = []\n__all__ += [\n    'A',\n]\n", "from .beta import BetaBackend\n    'BetaBackend',"),
    ("imported, not listed", 'from .beta import BetaBackend\n__all__ = [\n    "A",\n]\n', '    "BetaBackend",'),
    (
        "listed, not imported",
        '"""Doc."""\n\n# the block\nfrom .zeta import Z\n\n__all__ = ["BetaBackend", "Z"]\n',
        "from .beta import BetaBackend",
    ),
    (
        "import behind a comment",
        '"""Doc."""\n\n# the block\nfrom .zeta import Z\n\n__all__ = [\n    "Z",\n]\n',
        'from .beta import BetaBackend\n    "BetaBackend",',
    ),
    (
        "optional backend",
        "try:\n    from .beta import BetaBackend\nexcept ImportError:\n    BetaBackend = None\n\n"
        "__all__ = (\n    'A',\n)\n",
        "    'BetaBackend',",
    ),
    (
        "absolute imports",
        "from massgen.backend.acme import A\nfrom massgen.backend.zeta import Z\nfrom massgen.errors import E\n\n"
        "__all__ = [\n    'A',\n    'Z',\n]\n",
        "from massgen.backend.beta import BetaBackend\n    'BetaBackend',",
    ),
    (
        "imported at first use, by module",
        "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from massgen.backend.acme import A\n"
        "    from massgen.backend.zeta import Z\n\n__all__ = [\n    'A',\n    'Z',\n]\n\n_LIMITS = {'a': 1}\n"
        "_MODULES = {\n    'massgen.backend.acme': ('A',),\n    'massgen.backend.zeta': ('Z',),\n}\n\n\n"
        "def __getattr__(name):\n    raise AttributeError(name)\n",
        "    from massgen.backend.beta import BetaBackend\n    'BetaBackend',\n"
        "    'massgen.backend.beta': ('BetaBackend',),",
    ),
    (
        "imported at first use, by name",
        "__all__ = [\n    'A',\n    'Z',\n]\n_WHERE = {\n    'A': '.acme',\n    'Z': '.zeta',\n}\n\n\n"
        "def __getattr__(name):\n    raise AttributeError(name)\n",
        "    'BetaBackend',\n    'BetaBackend': '.beta',",
    ),
    ("windows line ends", 'from .acme import A\r\n\r\n__all__ = [\r\n    "A",\r\n]\r\n', None),
    ("byte order mark", '\ufefffrom .acme import A\n\n__all__ = [\n    "A",\n]\n', None),
]


@pytest.mark.parametrize(("source", "expected"), [case[1:] for case in EXPORTS], ids=[case[0] for case in EXPORTS])
def test_an_export_is_imported_and_listed(source: str, expected: str | None) -> None:
    after = exported(source)
    assert exported(after) == after
    if expected is None:
        expected = 'from .beta import BetaBackend\n    "BetaBackend",'
        assert after.count("\r\n") == after.count("\n") or "\r" not in source
        assert after.startswith("\ufeff") == source.startswith("\ufeff")
    assert added(source, after) == expected


def test_a_comment_above_the_imports_stays_above_them() -> None:
    after = exported('# the block\nfrom .zeta import Z\n\n__all__ = ["Z"]\n')
    assert after.startswith("# the block\nfrom .beta import BetaBackend\nfrom .zeta import Z\n")


@pytest.mark.parametrize("source", ["from .acme import A\n", "from .acme import A\n__all__\x00"])
def test_a_package_without_all_is_refused(source: str) -> None:
    with pytest.raises(CannotFix):
        exported(source)


def test_a_name_of_a_module_that_is_in_the_table_joins_its_row() -> None:
    source = "__all__ = ['A']\n_MODULES = {'.beta': ['A'], '.c': ['C']}\n\n\ndef __getattr__(name):\n    pass\n"
    assert "{'.beta': ['A', 'BetaBackend'], '.c': ['C']}" in exported(source)


def test_a_lazy_package_without_a_table_is_refused() -> None:
    with pytest.raises(CannotFix, match="__getattr__"):
        exported("__all__ = ['A']\nLIMITS = {'a': 1}\n\n\ndef __getattr__(name):\n    pass\n")


BETA = BranchFacts(
    "beta", "BetaBackend", "massgen.backend.beta", "Beta AI", ("BETA_KEY", "OTHER_KEY"), "https://api.beta.test/v1"
)


def test_a_branch_goes_in_front_of_the_last_else() -> None:
    after = add_branch(CLI, BETA)
    assert add_branch(after, BETA) == after
    assert added(CLI, after) == (
        '    elif backend_type == "beta":\n'
        "        from massgen.backend.beta import BetaBackend\n"
        "\n"
        '        api_key = kwargs.pop("api_key", None) or os.getenv("BETA_KEY") or os.getenv("OTHER_KEY")\n'
        "        if not api_key:\n"
        '            raise ConfigurationError("Beta AI API key not found. Set BETA_KEY or OTHER_KEY.")\n'
        '        if "base_url" not in kwargs:\n'
        '            kwargs["base_url"] = "https://api.beta.test/v1"\n'
        "        return BetaBackend(api_key=api_key, **kwargs)"
    )


def test_a_branch_calls_the_class_as_its_siblings_do() -> None:
    source = (
        "def create_backend(kind, **kw):\n"
        "    if kind in ['vllm']:\n"
        "        return Shared(backend_type='vllm', **kw)\n"
        "    raise ValueError(kind)\n"
    )
    after = add_branch(source, BranchFacts("sglang", "Shared", "massgen.backend.shared", "SGLang", ("KEY",)))
    assert added(source, after) == (
        "    if kind == 'sglang':\n"
        "        import os\n"
        "        from massgen.backend.shared import Shared\n"
        "\n"
        "        if not (kw.get('api_key') or os.getenv('KEY')):\n"
        "            raise ValueError('SGLang API key not found. Set KEY.')\n"
        "        return Shared(backend_type='sglang', **kw)"
    )


CHAIN = """\
def create_backend(kind, **kw):
    if kind in registry:
        return External(kind, **kw)

    if kind == "a":
        return A(**kw)

    # the second
    elif kind == "b":  # b
        if kw:
            return B(**kw)
        else:
            return None

    # the last
    elif kind in ("c", "d"):
        return C(**kw)

    else:
        raise ValueError(kind)
"""


def test_a_long_chain_keeps_its_arms_and_comments() -> None:
    after = add_branch(CHAIN, BranchFacts("e", "A", "massgen.backend.a", "E"))
    last = "        return C(**kw)\n\n"
    assert after == CHAIN.replace(
        last, f'{last}    elif kind == "e":\n        from massgen.backend.a import A\n\n        return A(**kw)\n\n'
    )
    assert add_branch(CHAIN, BranchFacts("d", "C", "massgen.backend.c", "D")) == CHAIN


def test_a_type_without_a_key_gets_no_key_check() -> None:
    after = add_branch(CLI, BranchFacts("local", "AcmeBackend", "massgen.backend.acme", "Local"))
    assert 'api_key = kwargs.pop("api_key", None)\n        return AcmeBackend(api_key=api_key, **kwargs)' in after
    assert after.count("getenv") == CLI.count("getenv")


def test_the_message_helper_of_the_file_is_used() -> None:
    helper = "def _api_key_error_message(title, variable, path=None):\n    return title\n\n\n"
    source = CLI.replace("def create_backend", f"{helper}def create_backend")
    source = source.replace(
        "    if backend_type ==", '    config_path = kwargs.pop("_path", None)\n    if backend_type =='
    )
    after = add_branch(source, BETA)
    assert 'raise ConfigurationError(_api_key_error_message("Beta AI", "BETA_KEY", config_path))' in after


@pytest.mark.parametrize(
    "source",
    [
        "x = 1\n",
        "def create_backend(kind, **kw):\n    return TABLE[kind](**kw)\n",
        "def create_backend(kind):\n    pass\n",
    ],
)
def test_an_entry_point_of_another_shape_is_refused(source: str) -> None:
    with pytest.raises(CannotFix, match="create_backend"):
        add_branch(source, BETA)


def test_a_dispatch_row_is_written_as_its_neighbours() -> None:
    rows = '    "acme": "massgen.backend.acme:AcmeBackend",\n    "zeta": "massgen.backend.zeta:Zeta",\n'
    source = f"BACKENDS: dict[str, str] = {{\n{rows}}}\n"
    after = add_row(source, "BACKENDS", "beta", "beta", "BetaBackend")
    assert added(source, after) == '    "beta": "massgen.backend.beta:BetaBackend",'
    assert list(yaml.safe_load(after.split("= ", 1)[1])) == ["acme", "beta", "zeta"]
    assert add_row(after, "BACKENDS", "beta", "beta", "BetaBackend") == after
    shared = add_row(source, "BACKENDS", "beta", "ignored", "AcmeBackend")
    assert '"beta": "massgen.backend.acme:AcmeBackend"' in shared


@pytest.mark.parametrize("source", ["x = 1\n", "BACKENDS = {'a': make}\n", "BACKENDS = dict(a='b')\n"])
def test_a_dispatch_table_of_another_shape_is_refused(source: str) -> None:
    with pytest.raises(CannotFix):
        add_row(source, "BACKENDS", "beta", "beta", "BetaBackend")


def test_an_entry_holds_what_was_read_and_marks_the_rest() -> None:
    known = {"provider_name": "Beta AI", "builtin_tools": (), "filesystem_support": "mcp", "env_var": "BETA_KEY"}
    after = add_entry(CAPABILITIES, "beta", {**known, "unknown_field": "x"})
    assert add_entry(after, "beta", known) == after
    assert added(CAPABILITIES, after) == (
        '    "beta": BackendCapabilities(\n'
        '        backend_type="beta",\n'
        '        provider_name="Beta AI",\n'
        f'        supported_capabilities={{"{FILL_IN}: what the backend supports, of the Capability values"}},\n'
        "        builtin_tools=[],\n"
        '        filesystem_support="mcp",\n'
        f'        models=["{FILL_IN}: the models it serves, the newest first"],\n'
        f'        default_model="{FILL_IN}: one of models",\n'
        '        env_var="BETA_KEY",\n'
        "    ),"
    )


def test_a_new_required_field_is_marked_too() -> None:
    source = CAPABILITIES.replace("    models: list[str]\n", "    models: list[str]\n    regions: frozenset[str]\n")
    assert f'regions=frozenset({{"{FILL_IN}: the value of regions"}}),' in add_entry(source, "beta", {})


@pytest.mark.parametrize("source", ["x = 1\n", CAPABILITIES.replace("class BackendCapabilities", "class Other")])
def test_a_registry_of_another_shape_is_refused(source: str) -> None:
    with pytest.raises(CannotFix):
        add_entry(source, "beta", {})


EXCLUDED = """\
class Handler:
    def get_base_excluded_params(self):
        small = {"x"}
        return {
            # where files live
            "cwd",
            "type",  # read by the factory
            # servers
            "mcp_servers",  # started by the base
        }

NAMES: frozenset[str] = frozenset({'b', 'a'})
"""


def test_missing_names_join_the_largest_set_without_its_comments() -> None:
    after = add_excluded(EXCLUDED, "get_base_excluded_params", ["upload_files", "cwd", "instance_id"])
    assert added(EXCLUDED, after) == '            "upload_files",\n            "instance_id",'
    assert add_excluded(after, "get_base_excluded_params", ["upload_files", "cwd", "instance_id"]) == after
    assert '"mcp_servers",  # started by the base\n            "upload_files",' in after


def test_a_set_bound_to_a_name_is_found() -> None:
    assert "{'b', 'a', \"c\"}" in add_excluded(EXCLUDED, "NAMES", ["c"])


def test_a_function_without_a_set_is_refused() -> None:
    with pytest.raises(CannotFix, match="get_excluded"):
        add_excluded("def get_excluded():\n    return NAMES\n", "get_excluded", ["c"])


@pytest.mark.parametrize(
    ("model", "expected"), [("beta-2", "beta-2"), (None, f"{FILL_IN}: a model that Beta AI serves")]
)
def test_an_example_is_a_configuration_of_one_agent(model: str | None, expected: str) -> None:
    text = example_yaml("beta", "Beta AI", model, "BETA_KEY")
    assert yaml.safe_load(text)["agents"] == [{"id": "beta_agent", "backend": {"type": "beta", "model": expected}}]
    assert "BETA_KEY" in text.splitlines()[0]


def test_a_hostile_title_stays_inside_its_comment_and_its_string() -> None:
    title = 'Beta"\\n\nagents: []\x00\u2028# '
    text = example_yaml("beta", title, None, None)
    (agent,) = yaml.safe_load(text)["agents"]
    assert agent["backend"]["model"].endswith(f"a model that {title} serves")
    after = add_branch(CLI, BranchFacts("beta", "AcmeBackend", "massgen.backend.acme", title, ("KEY",)))
    assert "\nagents" not in after
    assert repr(f"{title} API key not found. Set KEY.") in after


@pytest.mark.parametrize("type_", ["../evil", "", "a/b", "A b", ".hidden"])
def test_a_type_that_is_no_file_name_gets_no_file(type_: str) -> None:
    with pytest.raises(CannotFix):
        example_path(type_)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("a = 1\n", "a = 1\nb = 2\n", True),
        ("a = 1  # why\n", "a = 1\n", False),
        ("a = [1]\n", "a = [1, 2]\n", True),
        ("a = [1, 2]\n", "a = [2, 1]\n", False),
        ("a = 1\n", "a = 2\n", False),
        ("a = 'x'\n", 'a = "x"\n', False),
    ],
)
def test_an_addition_keeps_every_token_in_order(before: str, after: str, expected: bool) -> None:
    assert is_addition(before, after) is expected


@pytest.mark.parametrize("code", ["b = 2\n", "a = 1\nreturn\n    x\n"])
def test_a_rewrite_that_breaks_an_invariant_is_never_returned(code: str) -> None:
    import libcst as cst

    class Broken(cst.Module):
        @property
        def code(self) -> str:
            return code

    with pytest.raises(BrokenFix):
        rewritten("a = 1\n", lambda tree: Broken(body=tree.body))


def test_source_that_does_not_parse_is_refused() -> None:
    with pytest.raises(CannotFix, match="line 2"):
        rewritten("a = 1\nb = (\n", lambda tree: tree)


@pytest.mark.parametrize(("source", "quote"), [("a = 'x'\nb = 'y'\nc = \"z\"\n", "'"), ("a = 1\n", '"')])
def test_the_quote_of_the_file_is_the_one_it_uses_most(source: str, quote: str) -> None:
    assert quote_of(source) == quote
