"""How command-line agents are started, judged and read: options, standard input, and the files that they name.

The options are those of Claude Code 2.1, Codex 0.169, Gemini CLI 0.61 and Copilot CLI 1.0, from their documentation:
https://code.claude.com/docs/en/cli-reference
https://developers.openai.com/codex/noninteractive
https://geminicli.com/docs/cli/headless
https://docs.github.com/en/copilot/reference/copilot-cli-reference/cli-programmatic-reference

An option that an agent does not have ends it with an error, so that it is a problem here. An agent is given one prompt:
an earlier conversation is told in its words.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from massgen_conformance.program import Started, started
from massgen_conformance.speakers.base import JSON, NeutralRequest, SentMessage
from massgen_conformance.trace import Received


def _names(told: str) -> frozenset[str]:
    return frozenset(told.split())


CLAUDE_VALUES: Final = _names(
    "--add-dir --agent --agents --allowedTools --allowed-tools --append-system-prompt --append-system-prompt-file "
    "--betas --disallowedTools --disallowed-tools --effort --fallback-model --input-format --json-schema "
    "--max-budget-usd --max-thinking-tokens --max-turns --mcp-config --model --output-format --permission-mode "
    "--permission-prompt-tool --plugin-dir --resume -r --session-id --setting-sources --settings --system-prompt "
    "--system-prompt-file --tools"
)
CLAUDE_FLAGS: Final = _names(
    "--print -p --verbose --include-partial-messages --continue -c --dangerously-skip-permissions --fork-session "
    "--no-session-persistence --strict-mcp-config --replay-user-messages --disable-slash-commands --bare"
)
CODEX_VALUES: Final = _names(
    "--add-dir --cd -C --color --config -c --disable --enable --image -i --local-provider --model -m "
    "--output-last-message -o --output-schema --profile -p --sandbox -s"
)
CODEX_FLAGS: Final = _names(
    "--json --skip-git-repo-check --ephemeral --full-auto --oss --yolo --dangerously-bypass-approvals-and-sandbox "
    "--ignore-user-config --ignore-rules"
)
GEMINI_VALUES: Final = _names(
    "--allowed-mcp-server-names --allowed-tools --approval-mode --extensions -e --include-directories --model -m "
    "--output-format -o --policy --prompt -p --resume -r --session-id"
)
COPILOT_VALUES: Final = _names(
    "--add-dir --additional-mcp-config --agent --allow-tool --allow-url --available-tools --deny-tool --deny-url "
    "--disable-mcp-server --excluded-tools --log-dir --log-level --model --output-format --prompt -p --resume "
    "--secret-env-vars --session-id --share --stream"
)
COPILOT_FLAGS: Final = _names(
    "--allow-all --allow-all-paths --allow-all-tools --allow-all-urls --continue --disable-builtin-mcps "
    "--no-ask-user --no-auto-update --no-color --no-custom-instructions --silent -s --yolo"
)
GEMINI_FLAGS: Final = _names("--debug -d --sandbox -s --yolo -y --skip-trust --screen-reader")


@dataclass(frozen=True, slots=True)
class Start:
    """A start, taken apart: the values of options by their long names, and the words that are no options."""

    options: Mapping[str, tuple[str, ...]]
    words: tuple[str, ...]
    unknown: tuple[str, ...]
    told: Started

    def last(self, name: str) -> str:
        """The value of an option, "" where it was not given."""
        return self.options.get(name, ("",))[-1]


@dataclass(frozen=True, slots=True)
class CommandLine:
    """What one agent takes. `needed` are options with the value that makes it put out JSON lines, "" for a flag;
    `keys` are the variables in which it looks for its key; none: it needs no key.

    `system` names where the system prompt may stand: options whose value it is, or is the name of a file with it.
    """

    values: frozenset[str]
    flags: frozenset[str]
    needed: Mapping[str, str]
    keys: tuple[str, ...]
    system: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    short: Mapping[str, str] = field(default_factory=dict)

    def parsed(self, told: Started) -> Start:
        options: dict[str, tuple[str, ...]] = {}
        words, unknown = [], []
        rest = list(told.arguments)
        while rest:
            name, has_value, value = rest.pop(0).partition("=")
            if not name.startswith("-") or name == "-":
                words.append(name + has_value + value)
            elif name not in self.values | self.flags:
                unknown.append(name)
            else:
                if name in self.values and not has_value:
                    value = rest.pop(0) if rest else ""
                long = self.short.get(name, name)
                options[long] = (*options.get(long, ()), value)
        return Start(options, tuple(words), tuple(unknown), told)

    def problems(self, received: Received) -> list[str]:
        """What the agent would object to."""
        try:
            start = self.parsed(started(received))
        except ValueError as problem:
            return [str(problem)]
        found = [f"there is no option {name}" for name in start.unknown]
        for name, value in self.needed.items():
            if name not in start.options or (value and start.last(name) != value):
                found.append(f"it puts out JSON lines with {name} {value}".rstrip())
        if start.words[: len(self.words)] != self.words:
            found.append(f"the command begins with {' '.join(self.words)}")
        if self.keys and not any(start.told.environment.get(name) for name in self.keys):
            found.append(f"no key in {self.keys[0]}")
        return [*found, *([] if self.prompt(start) else ["there is no prompt"])]

    def prompt(self, start: Start) -> str:
        """The words that are no options, and what came on the standard input."""
        said = [word for word in start.words[len(self.words) :] if word != "-"]
        said += [start.last("--prompt")] if "--prompt" in start.options else []
        heard = start.told.input
        if start.last("--input-format") == "stream-json":
            heard = "\n".join(text_of(json.loads(line)) for line in heard.splitlines() if line.strip())
        return "\n".join(part for part in (*said, heard) if part)

    def read(self, received: Received) -> NeutralRequest:
        """The start in neutral form. `ValueError` for one that is none."""
        start = self.parsed(started(received))
        known = {"--model", "--prompt", *self.system}
        params = {name.lstrip("-"): self.further(each) for name, each in start.options.items() if name not in known}
        said = SentMessage("user", self.prompt(start))
        return NeutralRequest(start.last("--model"), self.system_of(start), (said,), (), params)

    def further(self, values: tuple[str, ...]) -> list[str]:
        """The values of an option without settings that tell the system prompt."""
        return [value for value in values if value.partition("=")[0] not in self.system]

    def system_of(self, start: Start) -> str:
        """The system prompt, from an option, a setting, a variable, or the file that one of them names."""
        settings = [value.partition("=") for value in start.options.get("--config", ())]
        places = {**start.told.environment, **{name: value.strip('"') for name, _, value in settings}}
        found = [start.last(name) or places.get(name, "") for name in self.system]
        return "\n".join(start.told.files.get(each, each) for each in found if each)


def text_of(line: JSON) -> str:
    """The words of a message on the standard input."""
    content = (line.get("message") or {}).get("content") or ""
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)


CLAUDE: Final = CommandLine(
    CLAUDE_VALUES,
    CLAUDE_FLAGS,
    {"--print": "", "--output-format": "stream-json", "--verbose": ""},
    ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN"),
    ("--system-prompt", "--system-prompt-file", "--append-system-prompt", "--append-system-prompt-file"),
    short={"-p": "--print", "-c": "--continue", "-r": "--resume"},
)
CODEX: Final = CommandLine(
    CODEX_VALUES,
    CODEX_FLAGS,
    {"--json": ""},
    ("CODEX_API_KEY", "OPENAI_API_KEY"),
    ("model_instructions_file", "developer_instructions"),
    words=("exec",),
    short={"-m": "--model", "-c": "--config", "-C": "--cd", "-s": "--sandbox"},
)
GEMINI: Final = CommandLine(
    GEMINI_VALUES,
    GEMINI_FLAGS,
    {"--output-format": "stream-json"},
    ("GEMINI_API_KEY", "GOOGLE_API_KEY"),
    ("GEMINI_SYSTEM_MD",),
    short={"-m": "--model", "-p": "--prompt", "-o": "--output-format"},
)
COPILOT: Final = CommandLine(
    COPILOT_VALUES,
    COPILOT_FLAGS,
    {"--output-format": "json"},
    ("COPILOT_GITHUB_TOKEN", "GH_TOKEN", "GITHUB_TOKEN", "COPILOT_PROVIDER_API_KEY"),
    short={"-p": "--prompt", "-s": "--silent"},
)
