"""PRM, continued: settings that one provider alone has, each where its API has the place for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from massgen_conformance.check import Case, Drive, NotApplicable, check, require
from massgen_conformance.checks.options import asked_with, told_of
from massgen_conformance.scenarios import histories
from massgen_conformance.speakers.chat_variants.azure import AZURE
from massgen_conformance.speakers.openai_chat import ChatSpeaker
from massgen_conformance.speakers.openai_chat_variant import Variant
from massgen_conformance.stage import Stage
from massgen_conformance.subject import UnmadeBackend
from massgen_conformance.trace import Received, Run

DEPLOYED = "/openai/deployments/gpt-5.4"
TOKEN = "token-5f1d"  # noqa: S105  # of nobody
LIMIT = {"max_tokens": 3217}


@dataclass(frozen=True, slots=True)
class Setting:
    """One way to reach a provider: what is set, and what a request then has. `name` is what a refusal must name.

    `query` is in the target, `headers` are values of a header without regard to their order, `absent` headers are not
    there, and the body is what `takes` takes.
    """

    name: str
    config: Mapping[str, Any] = field(default_factory=dict)
    base_path: str | None = None
    target: str = ""
    query: str = ""
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    takes: Variant | None = None


def _dated(date: str, takes: Variant) -> Setting:
    where = f"{DEPLOYED}/chat/completions?api-version={date}"
    return Setting("api_version", {"api_version": date}, "/openai", target=where, takes=takes)


_CLASSIC: Final = replace(AZURE, developers=False)
_OLDEST: Final = replace(
    _CLASSIC, refused_fields=frozenset({"stream_options", "max_completion_tokens", "parallel_tool_calls"})
)

SETTINGS: Final[Mapping[str, tuple[Setting, ...]]] = {
    "azure_openai": (
        _dated("2024-10-21", _CLASSIC),
        _dated("2024-06-01", _OLDEST),
        Setting("api_version", base_path=DEPLOYED, query="api-version="),
        Setting(
            "azure_ad_token",
            {"azure_ad_token": TOKEN},
            headers={"authorization": (f"Bearer {TOKEN}",)},
            absent=("api-key",),
        ),
    ),
    "claude": (
        Setting("betas", {"betas": ["one-5f1d", "two-5f1d"]}, headers={"anthropic-beta": ("one-5f1d", "two-5f1d")}),
        Setting(
            "auth_token",
            {"auth_token": TOKEN},
            headers={"authorization": (f"Bearer {TOKEN}",)},
            absent=("x-api-key",),
        ),
    ),
}
"""By provider. The names are those of its own SDK: `lib/azure.py` of openai, `_client.py` and the beta messages of
anthropic. What a version of Azure's API takes is in learn.microsoft.com, "Azure OpenAI API version lifecycle"; one
without a version has none of its older API.
"""


@check(
    "PRM-12",
    "A setting of the provider's own is where its API has it: a header, the query, the path, the fields of a version.",
    drive=Drive.SCRIPT,
    catches="`betas` that no request mentions, and a body of today for an API of two years ago, which refuses it",
    cases=(Case("own-settings", histories.DEVELOPER),),
)
async def own_settings_arrive(stage: Stage) -> None:
    rows = SETTINGS.get(stage.subject.provider, ())
    refused = [why for setting in rows if (why := await refused_or_right(stage, setting))]
    if len(refused) == len(rows):
        raise NotApplicable(refused[0] if refused else "the provider has no setting that only it has")


async def refused_or_right(stage: Stage, setting: Setting) -> str:
    """Hold the request against what the setting means; why there is none where the subject refuses it with a word."""
    base_path = stage.subject.base_path if setting.base_path is None else setting.base_path
    subject = replace(stage.subject, base_path=base_path)
    elsewhere = Stage(replace(stage.theatre, subject=subject), stage.case)
    try:
        run = await asked_with(elsewhere, LIMIT, **setting.config)
    except UnmadeBackend as problem:
        run = Run(raised=problem)
    stage.performed = run
    if not run.wire.requests:
        why = told_of(run, setting.name)
        require(why, f"a request, or a word about {setting.name}", repr(run.raised))
        return f"the subject refuses it: {why}"
    require_place(run.wire.requests[0], setting)
    return ""


def require_place(request: Received, setting: Setting) -> None:
    where = f"{setting.name} {dict(setting.config)}"
    if setting.target:
        require(request.target == setting.target, setting.target, request.target, where)
    require(setting.query in request.target, f"{setting.query} in the address", request.target, where)
    for name, wanted in setting.headers.items():
        sent = [value.strip() for value in (request.header(name) or "").split(",")]
        require(sorted(sent) == sorted(wanted), f"{name}: {', '.join(wanted)}", request.header(name), where)
    there = [name for name in setting.absent if request.header(name) is not None]
    require(not there, "one credential alone", f"{', '.join(there)} as well", where)
    if setting.takes is not None:
        problems = ChatSpeaker(setting.takes).problems(request)
        require(not problems, "a request that this version accepts", "; ".join(problems), where)
