"""A chat that is kept in SQLite: each turn adds a question and an answer to one thread."""

import os
import tempfile
from typing import Any

from bench.scenario import Scenario, Work, both, expect

_QUESTION = "What should I know about topic number {0} before I decide on what to do next?"
_ANSWER = "About topic number {0}: it depends, but here is what most people find helpful. " * 3


def _answer(state: Any) -> dict[str, Any]:
    number = len(state["messages"]) // 2
    return {"messages": [{"role": "ai", "content": _ANSWER.format(number)}]}


async def _aanswer(state: Any) -> dict[str, Any]:
    return _answer(state)


def question(number: int) -> dict[str, Any]:
    """Return the input of turn *number*."""
    return {"messages": [{"role": "human", "content": _QUESTION.format(number)}]}


def characters(size: int) -> int:
    """Return how many characters *size* turns say."""
    return sum(len(_QUESTION.format(n)) + len(_ANSWER.format(n)) for n in range(size))


def chat_builder(lib: Any, is_async: bool) -> Any:
    """Return the graph of one turn, to be compiled with a saver."""
    builder = lib.StateGraph(lib.MessagesState)
    builder.add_node("answer", _aanswer if is_async else _answer)
    return builder.add_edge(lib.START, "answer").add_edge("answer", lib.END)


def savers(lib: Any) -> tuple[Any, Any]:
    """Return the sync and the async saver class for SQLite of an engine."""
    import importlib

    module = f"{lib.root}.checkpoint.sqlite"
    return (
        importlib.import_module(module).SqliteSaver,
        importlib.import_module(f"{module}.aio").AsyncSqliteSaver,
    )


def folder_size(folder: str) -> int:
    """Return the bytes of the files in *folder*."""
    return sum(os.path.getsize(os.path.join(folder, name)) for name in os.listdir(folder))


CONFIG = {"configurable": {"thread_id": "chat"}}


def chat(lib: Any, size: int, is_async: bool) -> Work:
    """*size* turns of one thread, in a database of its own; as durable as each engine's default.

    Both write ahead and wait for the disk at every commit (`synchronous` is FULL).
    """
    builder = chat_builder(lib, is_async)
    saver_class, async_saver_class = savers(lib)

    def said(values: Any) -> int:
        expect("kept", len(values["messages"]), 2 * size)
        return sum(len(message.content) for message in values["messages"])

    def call() -> int:
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "chat.db")
            with saver_class.from_conn_string(path) as saver:
                graph = builder.compile(checkpointer=saver)
                for number in range(size):
                    graph.invoke(question(number), CONFIG)
                return said(graph.get_state(CONFIG).values)

    async def acall() -> int:
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "chat.db")
            async with async_saver_class.from_conn_string(path) as saver:
                graph = builder.compile(checkpointer=saver)
                for number in range(size):
                    await graph.ainvoke(question(number), CONFIG)
                return said((await graph.aget_state(CONFIG)).values)

    return Work(
        acall if is_async else call,
        size,
        lambda got: expect("characters said", got, characters(size)),
    )


SCENARIOS = both(
    Scenario("chat_sqlite_300", chat, 300, "turn", ratio=8, wall=5), ratio=None, wall=None
)
