"""Example configurations by the backend type they use."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from massgen_audit.facts.shapes import Place, YamlBackend
from massgen_audit.model import layout as at
from massgen_audit.model.naming import means
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.types import TypeInfo


@dataclass(frozen=True, slots=True)
class Example:
    path: str
    backend: YamlBackend

    @property
    def place(self) -> Place:
        return self.backend.place


def examples(model: RepoModel) -> tuple[Example, ...]:
    """Every backend of every example configuration, those under `providers/` first."""
    return model.once("examples", lambda: _read(model))


def _read(model: RepoModel) -> tuple[Example, ...]:
    paths = sorted(model.layout.config_files, key=lambda path: (not path.startswith(at.PROVIDER_CONFIGS), path))
    return tuple(Example(path, backend) for path in paths for backend in model.source.backends(path))


def of_type(model: RepoModel, name: str) -> Example | None:
    by_type = model.once("examples by type", lambda: _by_type(model))
    return by_type.get(name)


def _by_type(model: RepoModel) -> dict[str, Example]:
    found: dict[str, Example] = {}
    for item in examples(model):
        found.setdefault(item.backend.type, item)
    return found


def by_address(model: RepoModel, info: TypeInfo) -> Example | None:
    """A configuration that reaches the provider through another type and its address."""
    own = _host(info.instance.arguments.get("base_url") if info.instance else None) or _host(
        info.row.get("base_url") if info.row else None
    )
    for item in examples(model):
        url = item.backend.base_url
        if not url or item.backend.type == info.name:
            continue
        if (own and _host(url) == own) or _names(model, item, info):
            return item
    return None


def _host(url: object) -> str:
    host = urlsplit(url).hostname if isinstance(url, str) else None
    return "" if host in (None, "localhost", "127.0.0.1") else ".".join((host or "").split(".")[-2:])


def _names(model: RepoModel, item: Example, info: TypeInfo) -> bool:
    """Whether the other type, given that address, says the name of this one."""
    if info.row is None or not info.row.get("env_var"):
        return False
    said = model.once(f"{item.backend.type} at {item.backend.base_url}", lambda: _said(model, item))
    return isinstance(said, str) and means(model, said, info)


def _said(model: RepoModel, item: Example) -> object:
    made = model.finder.create(item.backend.type, base_url=item.backend.base_url, api_key="key").instances
    return model.ask(made[0], "get_provider_name") if made else None
