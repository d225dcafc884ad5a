"""Ask several providers the same question at the same time.

python examples/several.py groq claude gemini
python examples/several.py openai claude gemini --player http://127.0.0.1:8123
"""

import argparse
import asyncio

from connect import connect, parser

QUESTION = "Greet the world in one short sentence."


async def ask(kind: str, options: argparse.Namespace) -> str:
    """One line: the answer, or why there is none, and how long it took."""
    said = ""
    async with connect(kind, options) as backend:
        async for chunk in backend.stream_with_tools([{"role": "user", "content": options.question}], tools=[]):
            if chunk.type == "content":
                said += chunk.content or ""
            elif chunk.type == "error":
                said = f"[{chunk.error}]"
        took = backend.get_api_call_history()[-1].duration_ms
    return f"{kind:<15} {took:6.0f} ms  {said}"


async def main() -> None:
    options = parser(__doc__)
    options.add_argument("backends", nargs="+", metavar="TYPE", help="types of `massgen backends`")
    options.add_argument("--question", default=QUESTION)
    asked = options.parse_args()

    answers = [asyncio.create_task(ask(kind, asked)) for kind in asked.backends]
    for line in asyncio.as_completed(answers):
        print(await line)


if __name__ == "__main__":
    asyncio.run(main())
