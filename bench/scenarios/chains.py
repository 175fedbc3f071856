"""Chains and loops of nodes that do next to nothing: the cost of a superstep."""

from typing import Any, TypedDict

from bench.scenario import Scenario, Work, both, expect, invoking, limit


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


def chain(lib: Any, size: int, is_async: bool) -> Work:
    """A chain of no-op nodes."""
    graph = chain_builder(lib, size, _apass if is_async else _pass).compile()
    return Work(invoking(graph, {"n": 7}, limit(size), is_async), size, _is(7))


def looped(lib: Any, size: int, is_async: bool, **options: Any) -> Any:
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


def loop(lib: Any, size: int, is_async: bool) -> Work:
    """A loop with a router, which is asynchronous if the node is."""
    graph = looped(lib, size, is_async)
    return Work(invoking(graph, {"n": 0}, limit(size), is_async), size, _is(size))


def sync_in_async(lib: Any, size: int, is_async: bool) -> Work:
    """A chain of no-op sync nodes in an asynchronous run: each hops to a thread and back."""
    graph = chain_builder(lib, size, _pass).compile()
    return Work(invoking(graph, {"n": 7}, limit(size), is_async), size, _is(7))


def fixed_cost(lib: Any, size: int, is_async: bool) -> Work:
    """Invoke one node of a graph of *size* nodes."""
    builder = lib.StateGraph(Number)
    for index in range(size):
        builder.add_node(f"n{index}", _aone_more if is_async else _one_more)
        builder.add_edge(f"n{index}", lib.END)
    builder.add_edge(lib.START, "n0")
    graph = builder.compile()
    return Work(invoking(graph, {"n": 1}, {}, is_async), 1, _is(2))


def compiling(lib: Any, size: int, is_async: bool) -> Work:
    """Build and compile a chain."""

    def check(graph: Any) -> None:
        expect("result", graph.invoke({"n": 3}, limit(size)), {"n": 3})

    return Work(lambda: chain_builder(lib, size, _pass).compile(), size, check)


SCENARIOS = (
    *both(Scenario("chain_10", chain, 10, "step", calls=40)),
    *both(Scenario("chain_100", chain, 100, "step", ratio=60, calls=40), ratio=None),
    *both(Scenario("chain_1000", chain, 1000, "step", ratio=120, calls=40)),
    *both(Scenario("chain_3000", chain, 3000, "step", ratio=200, calls=40), ratio=None),
    *both(Scenario("loop_router", loop, 1000, "step", ratio=60, calls=40)),
    Scenario("sync_nodes_async", sync_in_async, 100, "step", is_async=True),
    *both(Scenario("one_node_of_10", fixed_cost, 10, "run", ratio=30), ratio=None),
    *both(Scenario("one_node_of_1000", fixed_cost, 1000, "run", ratio=200), ratio=None),
    Scenario("compile_3000", compiling, 3000, "node", ratio=25),
)
