"""A chat that is kept in SQLite: each turn adds a question and an answer to one thread."""

import os
import tempfile
from typing import Any

from .scenario import Scenario, Work, expect

_QUESTION = "What should I know about topic number {0} before I decide on what to do next?"
_ANSWER = "About topic number {0}: it depends, but here is what most people find helpful. " * 3


def _answer(state: Any) -> dict[str, Any]:
    number = len(state["messages"]) // 2
    return {"messages": [{"role": "ai", "content": _ANSWER.format(number)}]}


def chat(lib: Any, size: int) -> Work:
    """*size* turns of one thread, in a database of its own; as durable as on each engine's default.

    Both write ahead and wait for the disk at every commit (`synchronous` is FULL).
    """
    import importlib

    saver_class = importlib.import_module(f"{lib.root}.checkpoint.sqlite").SqliteSaver
    builder = lib.StateGraph(lib.MessagesState).add_node("answer", _answer)
    builder.add_edge(lib.START, "answer").add_edge("answer", lib.END)
    config = {"configurable": {"thread_id": "chat"}}

    def call() -> tuple[int, int]:
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "chat.db")
            with saver_class.from_conn_string(path) as saver:
                graph = builder.compile(checkpointer=saver)
                result: Any = {}
                for number in range(size):
                    given = {"messages": [{"role": "human", "content": _QUESTION.format(number)}]}
                    result = graph.invoke(given, config)
                said = sum(len(message.content) for message in result["messages"])
                expect("kept", len(graph.get_state(config).values["messages"]), 2 * size)
            stored = sum(os.path.getsize(os.path.join(folder, f)) for f in os.listdir(folder))
        return said, stored

    def check(result: tuple[int, int]) -> None:
        wanted = sum(len(_QUESTION.format(n)) + len(_ANSWER.format(n)) for n in range(size))
        expect("characters said", result[0], wanted)

    return Work(call, size, check)


SCENARIOS = (Scenario("chat_sqlite_300", chat, 300, "turn", ratio=8, wall=5),)
