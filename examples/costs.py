"""What a conversation has cost: tokens, money and time, in all and for each request.

python examples/costs.py --backend openai
python examples/costs.py --player http://127.0.0.1:8123
"""

import asyncio
from typing import Any

from connect import connect, parser
from rich.console import Console
from rich.table import Table

QUESTIONS = ["Answer with exactly four words. [usage]", "Think first: what is half of a dozen? [reasoning]"]


async def main() -> None:
    options = parser(__doc__)
    options.add_argument("--backend", default="deepseek", help="a type of `massgen backends`")
    asked = options.parse_args()

    messages: list[dict[str, Any]] = []
    async with connect(asked.backend, asked) as backend:
        for question in QUESTIONS:
            messages.append({"role": "user", "content": question})
            async for chunk in backend.stream_with_tools(messages, tools=[]):
                if chunk.type == "complete_message":
                    messages.append(chunk.complete_message or {})

        screen = Console()
        screen.print(backend.usage_report())
        table = Table("model", "first token", "whole answer", "outcome")
        for call in backend.get_api_call_history():
            first, whole = f"{call.time_to_first_token_ms:.0f} ms", f"{call.duration_ms:.0f} ms"
            table.add_row(call.model, first, whole, "ok" if call.success else call.error_message)
        screen.print(table)


if __name__ == "__main__":
    asyncio.run(main())
