"""Let the model call functions of yours until it has its answer.

python examples/tools.py --backend gemini "Is it warmer in Oslo or in Lima?"
python examples/tools.py --player http://127.0.0.1:8123 "Is it cold in Oslo? [tool]"
"""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from connect import connect, parser

from massgen import LLMBackend


def get_weather(city: str, unit: str = "C") -> str:
    return f"{city}: 7 {unit}, light rain"


FUNCTIONS: dict[str, Callable[..., str]] = {"get_weather": get_weather}
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "get_weather",
            "description": "The weather in a city at this moment.",
            "parameters": {
                "type": "object",
                "properties": {"city": {"type": "string"}, "unit": {"type": "string", "enum": ["C", "F"]}},
                "required": ["city"],
            },
        },
    }
]


def run(call: dict[str, Any]) -> str:
    """The result of one call. What goes wrong is told to the model, which can mend it."""
    try:
        return FUNCTIONS[call["function"]["name"]](**json.loads(call["function"]["arguments"]))
    except (KeyError, TypeError) as problem:
        return f"error: {problem!r}"


async def answer(backend: LLMBackend, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Stream one turn into `messages`; the calls that it asks for."""
    calls: list[dict[str, Any]] = []
    async for chunk in backend.stream_with_tools(messages, TOOLS):
        if chunk.type == "content":
            print(chunk.content, end="", flush=True)
        elif chunk.type == "tool_calls":
            calls = chunk.tool_calls or []
        elif chunk.type == "complete_message":  # keeps what the provider must see again, signatures too
            messages.append(chunk.complete_message or {})
        elif chunk.type == "error":
            raise SystemExit(f"\n{chunk.error}")
    return calls


async def main() -> None:
    options = parser(__doc__)
    options.add_argument("--backend", default="groq", help="a type of `massgen backends`")
    options.add_argument("question", nargs="?", default="Is it cold in Oslo?")
    asked = options.parse_args()

    messages: list[dict[str, Any]] = [{"role": "user", "content": asked.question}]
    async with connect(asked.backend, asked) as backend:
        while calls := await answer(backend, messages):
            for call in calls:
                result = run(call)
                print(f"{call['function']['name']}({call['function']['arguments']}) -> {result}")
                messages.append(backend.create_tool_result_message(call, result))
    print()


if __name__ == "__main__":
    asyncio.run(main())
