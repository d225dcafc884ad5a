"""HOK, FLT: what decides about a call comes before it, sees all of them, and fails closed."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from massgen_conformance import reading
from massgen_conformance.check import Case, Drive, check, require
from massgen_conformance.checks.mcp import files
from massgen_conformance.stage import Stage
from massgen_conformance.trace import JSON
from massgen_conformance.workshop import Ask, Workshop, method, workshop

HOOKS = frozenset({"hooks", "tools"})
OF_MCP, OF_CUSTOM = frozenset({"mcp"}), frozenset({"custom_tools"})


@dataclass(slots=True)
class Diary:
    """What happened, in order: hooks and calls."""

    lines: list[tuple[str, JSON]] = field(default_factory=list)

    def hook(self, answer: JSON = None, *, raises: str = "") -> Callable[[JSON], JSON]:
        def handler(event: JSON) -> JSON:
            self.lines.append((event["hook_type"], dict(event["tool_input"])))
            if raises:
                raise RuntimeError(raises)
            return answer

        return handler

    def tool(self) -> Callable[[str], str]:
        def save(path: str) -> str:
            """Saves a file, mark-custom."""
            self.lines.append(("run", {"path": path}))
            return f"written {path}"

        return save


def hooks(handler: Callable[[JSON], JSON], after: Callable[[JSON], JSON] | None = None) -> JSON:
    given = {"PreToolUse": [{"matcher": "*", "handler": handler}]}
    return given | ({"PostToolUse": [{"matcher": "*", "handler": after}]} if after else {})


OWNERS = (Case("mcp", value="mark-read", needs=OF_MCP), Case("custom", value="mark-custom", needs=OF_CUSTOM))


def owned(stage: Stage, diary: Diary) -> dict[str, Any]:
    """The settings of a case: a tool of a server, or a function; the diary hears of its calls."""
    if stage.case.value == "mark-custom":
        return {"custom_tools": [diary.tool()]}
    return {"servers": [files(told=lambda arguments: diary.lines.append(("run", arguments)))]}


@check(
    "HOK-01",
    "A hook sees every call that is run here, once and before it; when it denies, nothing runs and the model is told.",
    drive=Drive.SCRIPT,
    needs=HOOKS,
    catches="hooks around MCP tools only, while the functions beside them run unseen",
    cases=OWNERS,
)
async def hooks_come_before(stage: Stage) -> None:
    for denied in (False, True):
        diary = Diary()
        answer = {"decision": "deny", "reason": "not on a Sunday"} if denied else None
        asked, given = [Ask(stage.case.value)], owned(stage, diary)
        async with workshop(stage, asked, hooks=hooks(diary.hook(answer)), **given) as shop:
            run = await shop.run()
            [result] = shop.told(1)
        wanted = [("PreToolUse", {"path": "a.txt"}), *([] if denied else [("run", {"path": "a.txt"})])]
        require(diary.lines == wanted, f"{wanted}", diary.lines)
        require(("not on a Sunday" in result.text) is denied, "the reason where it was denied", result.text)
        shop.require_end(run, requests=2)


@check(
    "HOK-02",
    "A hook that fails has allowed nothing: the call is not run, the model is told, the run goes on.",
    drive=Drive.SCRIPT,
    needs=HOOKS,
    catches="`except Exception: pass` around a hook that was to keep the agent from deleting",
    cases=OWNERS,
)
async def failing_hooks_fail_closed(stage: Stage) -> None:
    diary = Diary()
    asked, failing = [Ask(stage.case.value)], hooks(diary.hook(raises="the policy is gone"))
    async with workshop(stage, asked, hooks=failing, **owned(stage, diary)) as shop:
        run = await shop.run()
        shop.told(1)
    stage.reached(diary.lines, "the hook")
    ran = [line for line in diary.lines if line[0] == "run"]
    require(not ran, "no call", ran)
    shop.require_end(run, requests=2)


@check(
    "HOK-03",
    "Arguments that a hook has changed are those that are run with, and those that the hook afterwards is told.",
    drive=Drive.SCRIPT,
    needs=HOOKS,
    catches="a sandboxed path in the log, and the path of the model on the disk",
    cases=OWNERS,
)
async def changed_arguments_are_used(stage: Stage) -> None:
    diary, changed = Diary(), {"path": "sandbox/a.txt"}
    chosen = hooks(diary.hook({"updated_input": changed}), diary.hook())
    async with workshop(stage, [Ask(stage.case.value)], hooks=chosen, **owned(stage, diary)) as shop:
        await shop.run()
        shop.told(1)
    for kind, what in (("run", "a call with"), ("PostToolUse", "the hook afterwards told")):
        got = [arguments for line, arguments in diary.lines if line == kind]
        require(got == [changed], f"{what} {changed}", got)


OUTSIDE, INSIDE = False, True
PATHS: dict[str, tuple[str, bool]] = {
    "inside": ("{work}/new/a.txt", INSIDE),
    "relative": ("a.txt", INSIDE),
    "dots-back": ("{work}/../{name}/a.txt", INSIDE),
    "outside": ("{root}/a.txt", OUTSIDE),
    "dots": ("{work}/../a.txt", OUTSIDE),
    "relative-dots": ("../a.txt", OUTSIDE),
    "link": ("{work}/link/a.txt", OUTSIDE),
    "absent": ("{root}/absent/deep/a.txt", OUTSIDE),
    "sibling": ("{work}-other/a.txt", OUTSIDE),
    "case": ("{root}/WORK/a.txt", OUTSIDE),
    "read-only": ("{docs}/a.txt", OUTSIDE),
}


@contextmanager
def folders() -> Iterator[Path]:
    """A folder with `work`, `docs`, `work-other`, and a link out of `work` to `elsewhere`."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        for name in ("work", "docs", "elsewhere", "work-other"):
            (root / name).mkdir()
        (root / "work" / "link").symlink_to(root / "elsewhere")
        yield root


@check(
    "HOK-04",
    "Paths are judged by where they lead: `..`, links, names that do not exist yet, relative ones, siblings, case.",
    drive=Drive.PROPERTY,
    needs=frozenset({"permissions", "custom_tools", "tools"}),
    catches="`startswith`: `/work-other` is inside `/work`, and so is `/work/../etc`",
    cases=tuple(Case(name, value=value) for name, value in PATHS.items()),
)
async def paths_are_judged_by_where_they_lead(stage: Stage) -> None:
    pattern, permitted = stage.case.value
    diary = Diary()
    with folders() as root:
        work, docs = f"{root}/work", f"{root}/docs"
        path = pattern.format(work=work, docs=docs, root=root, name="work")
        allowed = [{"path": work, "permission": "write"}, {"path": docs, "permission": "read"}]
        given: dict[str, Any] = {"context_paths": allowed, "cwd": work, "custom_tools": [diary.tool()]}
        async with workshop(stage, [Ask("mark-custom", {"path": path})], **given) as shop:
            run = await shop.run()
            shop.told(1)
            ran = bool(diary.lines)
            require(ran is permitted, f"{path} {'may' if permitted else 'may not'} be written", f"ran: {ran}")
            shop.require_end(run, requests=2)


@check(
    "HOK-05",
    "Hooks belong to one backend: those of another are neither asked nor told.",
    drive=Drive.METAMORPHIC,
    needs=HOOKS | {"custom_tools"},
    catches="a manager of hooks that is one for the whole process: an agent's denial stops all others",
)
async def hooks_belong_to_one_backend(stage: Stage) -> None:
    mine, other = Diary(), Diary()
    asked = [Ask("mark-custom")]
    deny = {"decision": "deny", "reason": "not this one"}
    async with (
        workshop(stage, asked, custom_tools=[other.tool()], hooks=hooks(other.hook(deny))) as strict,
        workshop(stage, asked, custom_tools=[mine.tool()]) as free,
    ):
        await strict.run()
        await free.run()
    require(other.lines == [("PreToolUse", {"path": "a.txt"})], "one question and no call", other.lines)
    require(mine.lines == [("run", {"path": "a.txt"})], "a call and no question", mine.lines)


@check(
    "FLT-01",
    "Planning mode blocks the named tools and lets the others run; without names it blocks all, off none.",
    drive=Drive.SCRIPT,
    needs=frozenset({"planning", "custom_tools", "mcp", "tools"}),
    catches="an empty list read as `block nothing`, so that an agent that should only plan acts",
    cases=(Case("named", value="named"), Case("all", value="all"), Case("off", value="off")),
)
async def planning_mode_blocks(stage: Stage) -> None:
    diary, server = Diary(), files()
    batch = [Ask("mark-custom"), Ask("mark-write")]
    async with workshop(stage, (), batch, servers=[server], custom_tools=[diary.tool()]) as shop:
        await shop.run()
        plan(shop, stage.case.value)
        run = await shop.run()
        shop.told(2)
        ran = (len(diary.lines), len(server.calls))
        wanted = {"named": (1, 0), "all": (0, 0), "off": (1, 1)}[stage.case.value]
        require(ran == wanted, f"calls of the function and of the server {wanted}", ran)
        require(not reading.calls(run), "no call for the caller", reading.calls(run))


def plan(shop: Workshop, how: str) -> None:
    """Turn planning mode on, for the writing tool of the server or for all; or on and off again."""
    block, turn = method(shop.backend, "set_planning_mode_blocked_tools"), method(shop.backend, "set_planning_mode")
    block(set(shop.offered("mark-write")) if how == "named" else set())
    turn(True)
    if how == "off":
        turn(False)
