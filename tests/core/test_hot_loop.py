"""What runs in every superstep: the user's code, and what ARCHITECTURE.md names."""

import asyncio
import gc
import operator
import re
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypedDict

import pytest

import anystep.graph
from anystep.checkpoint.memory import InMemorySaver
from anystep.graph import END, START, StateGraph
from anystep.types import Send

ROOT = Path(__file__).parents[2]
ENGINE = str(Path(anystep.graph.__file__).parents[1])
STEPS = 40


class Number(TypedDict):
    n: int


class Found(TypedDict):
    found: Annotated[list[int], operator.add]


def _adds(state: Number) -> dict[str, int]:
    return {"n": state["n"] + 1}


async def _aadds(state: Number) -> dict[str, int]:
    return {"n": state["n"] + 1}


def _finds(state: Any) -> dict[str, list[int]]:
    return {"found": [state["i"]]}


async def _afinds(state: Any) -> dict[str, list[int]]:
    return {"found": [state["i"]]}


def _chain(size: int, node: Any) -> Any:
    builder, before = StateGraph(Number), START
    for index in range(size):
        builder.add_node(f"n{index}", node).add_edge(before, f"n{index}")
        before = f"n{index}"
    return builder.compile()


def _loop(size: int, **options: Any) -> Any:
    builder = StateGraph(Number).add_node("a", _adds).add_edge(START, "a")
    builder.add_conditional_edges("a", lambda state: "a" if state["n"] < size else END, ["a", END])
    return builder.compile(**options)


def _fan(size: int, node: Any) -> Any:
    builder = StateGraph(Found).add_node("work", node)
    builder.add_conditional_edges(
        START, lambda state: [Send("work", {"i": i}) for i in range(size)], ["work"]
    )
    return builder.compile()


def _awaited(make: Callable[[], Any]) -> Callable[[], Any]:
    def run() -> None:
        loop = asyncio.new_event_loop()
        try:
            loop.run_until_complete(make())
        finally:
            loop.close()

    return run


def _streamed(mode: Any) -> Callable[[int], Callable[[], Any]]:
    return lambda size: lambda: list(_loop(size).stream({"n": 0}, stream_mode=mode))


def _stored(durability: Any) -> Callable[[int], Callable[[], Any]]:
    def build(size: int) -> Callable[[], Any]:
        config: Any = {"configurable": {"thread_id": "t"}}
        return lambda: _loop(size, checkpointer=InMemorySaver()).invoke(
            {"n": 0}, config, durability=durability
        )

    return build


def _chained(size: int) -> Callable[[], Any]:
    app = _chain(size, _adds)
    return lambda: app.invoke({"n": 0})


def _achained(size: int) -> Callable[[], Any]:
    app = _chain(size, _aadds)
    return _awaited(lambda: app.ainvoke({"n": 0}))


RUNS: dict[str, Callable[[int], Callable[[], Any]]] = {
    "node": _chained,
    "awaited node": _achained,
    "router": lambda size: lambda: _loop(size).invoke({"n": 0}),
    "values": _streamed("values"),
    "updates": _streamed("updates"),
    "tasks": _streamed("tasks"),
    "debug": _streamed("debug"),
    "stored": _stored("async"),
    "stored at the end": _stored("exit"),
    "send": lambda size: lambda: _fan(size, _finds).invoke({"found": []}),
    "awaited send": lambda size: _awaited(lambda: _fan(size, _afinds).ainvoke({"found": []})),
}


def _named() -> set[str]:
    """What the section on the hot loop has between backticks."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    section = text.split("### What is left in the hot loop")[1].split("\n## ")[0]
    return set(re.findall(r"`([\w.]+)`", section))


def _called(action: Callable[[], Any]) -> Counter[str]:
    """How often each of the engine's own functions is called."""
    counts: Counter[str] = Counter()

    def note(frame: Any, event: str, arg: Any) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(ENGINE):
            counts[frame.f_code.co_qualname] += 1

    action()  # what is made once and kept is not counted
    gc.disable()  # a callback of the collector would be counted
    sys.setprofile(note)
    try:
        action()
    finally:
        sys.setprofile(None)
        gc.enable()
    return counts


@pytest.mark.parametrize("name", sorted(RUNS))
def test_what_every_superstep_calls_is_named(name: str) -> None:
    """A function that is called once more for a superstep more is in ARCHITECTURE.md."""
    few, many = _called(RUNS[name](STEPS)), _called(RUNS[name](2 * STEPS))
    hot = {where.split(".<locals>")[0] for where in many if many[where] - few[where] >= STEPS // 2}
    names = {where.removesuffix(".__init__").split(".")[-1] for where in hot}

    assert names - _named() == set()
