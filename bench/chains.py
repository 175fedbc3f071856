"""Chains and loops of nodes that do next to nothing: the cost of a superstep."""

from typing import Any, TypedDict

from .scenario import Scenario, Work, expect


class Number(TypedDict):
    """One number."""

    n: int


def _pass(state: Number) -> None:
    return None


async def _apass(state: Number) -> None:
    return None


def _one_more(state: Number) -> dict[str, int]:
    return {"n": state["n"] + 1}


async def _aone_more(state: Number) -> dict[str, int]:
    return {"n": state["n"] + 1}


def chain_builder(lib: Any, size: int, node: Any, schema: Any = Number) -> Any:
    """Return a StateGraph START → n0 → … → END with *size* nodes."""
    builder = lib.StateGraph(schema)
    previous = lib.START
    for index in range(size):
        name = f"n{index}"
        builder.add_node(name, node)
        builder.add_edge(previous, name)
        previous = name
    return builder.add_edge(previous, lib.END)


def _is(value: int) -> Any:
    return lambda result: expect("n", result["n"], value)


def chain(lib: Any, size: int) -> Work:
    """A chain of no-op nodes, sync."""
    graph = chain_builder(lib, size, _pass).compile()
    config = {"recursion_limit": size + 10}
    return Work(lambda: graph.invoke({"n": 7}, config), size, _is(7))


def achain(lib: Any, size: int) -> Work:
    """A chain of no-op coroutine nodes."""
    graph = chain_builder(lib, size, _apass).compile()
    config = {"recursion_limit": size + 10}
    return Work(lambda: graph.ainvoke({"n": 7}, config), size, _is(7))


def looped(lib: Any, size: int, *, is_async: bool, **options: Any) -> Any:
    """Compile one node that goes round *size* times by a router."""

    def router(state: Number) -> str:
        return "step" if state["n"] < size else "__end__"

    async def arouter(state: Number) -> str:
        return "step" if state["n"] < size else "__end__"

    builder = lib.StateGraph(Number)
    builder.add_node("step", _aone_more if is_async else _one_more)
    builder.add_edge(lib.START, "step")
    builder.add_conditional_edges("step", arouter if is_async else router, ["step", lib.END])
    return builder.compile(**options)


def loop(lib: Any, size: int) -> Work:
    """A loop with a router, sync."""
    graph = looped(lib, size, is_async=False)
    config = {"recursion_limit": size + 10}
    return Work(lambda: graph.invoke({"n": 0}, config), size, _is(size))


def aloop(lib: Any, size: int) -> Work:
    """A loop with an asynchronous router."""
    graph = looped(lib, size, is_async=True)
    config = {"recursion_limit": size + 10}
    return Work(lambda: graph.ainvoke({"n": 0}, config), size, _is(size))


def _streamed(mode: str) -> Any:
    def build(lib: Any, size: int) -> Work:
        graph = looped(lib, size, is_async=False)
        config = {"recursion_limit": size + 10}
        events = size + (mode == "values")

        def call() -> list[Any]:
            return list(graph.stream({"n": 0}, config, stream_mode=mode))

        def check(result: list[Any]) -> None:
            expect("events", len(result), events)
            last = result[-1] if mode == "values" else result[-1]["step"]
            expect("last", last, {"n": size})

        return Work(call, events, check)

    return build


def _astreamed(mode: str) -> Any:
    def build(lib: Any, size: int) -> Work:
        graph = looped(lib, size, is_async=True)
        config = {"recursion_limit": size + 10}
        events = size + (mode == "values")

        async def call() -> list[Any]:
            return [event async for event in graph.astream({"n": 0}, config, stream_mode=mode)]

        def check(result: list[Any]) -> None:
            expect("events", len(result), events)

        return Work(call, events, check)

    return build


def fixed_cost(lib: Any, size: int) -> Work:
    """Invoke one node of a graph of *size* nodes."""
    builder = lib.StateGraph(Number)
    for index in range(size):
        builder.add_node(f"n{index}", _one_more)
        builder.add_edge(f"n{index}", lib.END)
    builder.add_edge(lib.START, "n0")
    graph = builder.compile()
    return Work(lambda: graph.invoke({"n": 1}), 1, _is(2))


def compiling(lib: Any, size: int) -> Work:
    """Build and compile a chain."""

    def check(graph: Any) -> None:
        expect("result", graph.invoke({"n": 3}, {"recursion_limit": size + 10}), {"n": 3})

    return Work(lambda: chain_builder(lib, size, _pass).compile(), size, check)


SCENARIOS = (
    Scenario("chain_10", chain, 10, "step", calls=40),
    Scenario("chain_100", chain, 100, "step", ratio=60, calls=40),
    Scenario("chain_1000", chain, 1000, "step", ratio=120, calls=40),
    Scenario("chain_3000", chain, 3000, "step", ratio=200, calls=40),
    Scenario("chain_10_async", achain, 10, "step", is_async=True),
    Scenario("chain_100_async", achain, 100, "step", is_async=True),
    Scenario("chain_1000_async", achain, 1000, "step", is_async=True, ratio=120, calls=40),
    Scenario("loop_router", loop, 1000, "step", ratio=60, calls=40),
    Scenario("loop_router_async", aloop, 1000, "step", is_async=True, ratio=60, calls=40),
    Scenario("stream_values", _streamed("values"), 1000, "event", ratio=60),
    Scenario("stream_updates", _streamed("updates"), 1000, "event", ratio=60),
    Scenario("stream_values_async", _astreamed("values"), 1000, "event", is_async=True, ratio=60),
    Scenario("stream_updates_async", _astreamed("updates"), 1000, "event", is_async=True, ratio=60),
    Scenario("one_node_of_10", fixed_cost, 10, "run", ratio=30),
    Scenario("one_node_of_1000", fixed_cost, 1000, "run", ratio=200),
    Scenario("compile_3000", compiling, 3000, "node", ratio=25),
)
