"""Burr: actions that read and write a state, and transitions between them."""

import importlib
import itertools
from typing import Any

from bench.scenario import Work, expect

_core: Any = importlib.import_module("burr.core")


def _application(actions: dict[str, Any], transitions: list[Any], entry: str, **state: Any) -> Any:
    builder = _core.ApplicationBuilder().with_actions(**actions).with_transitions(*transitions)
    return builder.with_state(**state).with_entrypoint(entry)


def _passing(is_async: bool) -> Any:
    def passes(state: Any) -> Any:
        return state

    async def apasses(state: Any) -> Any:
        return state

    return _core.action(reads=["n"], writes=[])(apasses if is_async else passes)


def _chained(size: int, is_async: bool) -> Work:
    names = [f"n{index}" for index in range(size)]
    actions = {name: _passing(is_async) for name in names}
    transitions = list(itertools.pairwise(names))
    builder = _application(actions, transitions, names[0], n=7)

    def call() -> int:
        # An application is one run: it remembers where it is.
        _, _, state = builder.build().run(halt_after=[names[-1]])
        return int(state["n"])

    async def acall() -> int:
        _, _, state = await builder.build().arun(halt_after=[names[-1]])
        return int(state["n"])

    return Work(acall if is_async else call, size, lambda got: expect("n", got, 7))


def chain(size: int) -> Work:
    """A chain of actions that change nothing."""
    return _chained(size, False)


def achain(size: int) -> Work:
    """A chain of coroutine actions that change nothing."""
    return _chained(size, True)


def _looped(size: int, is_async: bool) -> Work:
    def adds(state: Any) -> Any:
        return state.update(n=state["n"] + 1)

    async def aadds(state: Any) -> Any:
        return state.update(n=state["n"] + 1)

    def passes(state: Any) -> Any:
        return state

    step = _core.action(reads=["n"], writes=["n"])(aadds if is_async else adds)
    end = _core.action(reads=["n"], writes=[])(passes)
    more = _core.Condition.expr(f"n < {size}")
    transitions = [("step", "step", more), ("step", "end", _core.default)]
    builder = _application({"step": step, "end": end}, transitions, "step", n=0)

    def call() -> int:
        _, _, state = builder.build().run(halt_before=["end"])
        return int(state["n"])

    async def acall() -> int:
        _, _, state = await builder.build().arun(halt_before=["end"])
        return int(state["n"])

    return Work(acall if is_async else call, size, lambda got: expect("n", got, size))


def loop(size: int) -> Work:
    """One action that goes round while a condition holds."""
    return _looped(size, False)


def aloop(size: int) -> Work:
    """One coroutine action that goes round while a condition holds."""
    return _looped(size, True)


WORKS = {
    "chain_100": chain,
    "chain_1000": chain,
    "loop_router": loop,
    "chain_100_async": achain,
    "chain_1000_async": achain,
    "loop_router_async": aloop,
}
