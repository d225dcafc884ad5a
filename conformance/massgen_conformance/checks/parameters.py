"""PRM: what the framework tells the backend stays in the backend."""

from __future__ import annotations

from massgen_conformance.check import Case, Drive, check, require
from massgen_conformance.scenarios import text, tools
from massgen_conformance.stage import Stage

FRAMEWORK = (
    "agent_id",
    "agent_temporary_workspace",
    "checkpoint_guidance",
    "command_line_docker_image",
    "coordination_mode",
    "custom_tools_path",
    "cwd",
    "filesystem_session_id",
    "final_answer_strategy",
    "gap_report_mode",
    "instance_id",
    "main_agent",
    "plan_depth",
    "session_id",
    "session_storage_base",
    "shared_tools_directory",
    "type",
    "voting_sensitivity",
    "write_mode",
)
LISTS = ("context_paths", "mcp_servers", "hooks", "subagent_types", "exclude_custom_tools")


def sentinel(name: str) -> str:
    return f"sentinel-{name.replace('_', '-')}-5f1d"


def sentinels() -> dict[str, object]:
    """A value for each framework parameter that can be found again in a request."""
    values: dict[str, object] = {name: sentinel(name) for name in FRAMEWORK}
    return values | {name: [] if name == "mcp_servers" else [sentinel(name)] for name in LISTS}


@check(
    "PRM-02",
    "Parameters of the framework (agent_id, cwd, session_id, mcp_servers, ...) never appear in a request.",
    drive=Drive.PROPERTY,
    catches="every new option of the orchestrator sent to the provider, which refuses the request",
    cases=(Case("text", text.TEXT), Case("tool", tools.ONE_CALL)),
)
async def framework_parameters_stay_inside(stage: Stage) -> None:
    values = sentinels()
    run = await stage.first_run(options=values)
    stage.reached(run.wire.requests, "a request")
    for request in run.wire.requests:
        whole = request.target.encode() + repr(request.headers).encode() + request.body
        leaked = [name for name in values if sentinel(name).encode() in whole]
        sent = request.json()
        named = [name for name in values if isinstance(sent, dict) and name in sent]
        found = sorted({*leaked, *named})
        require(not found, "no framework parameter in the request", ", ".join(found))
