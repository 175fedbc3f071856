"""pydantic-graph: its builder, state in an object that steps change."""

import dataclasses
import importlib
from typing import Any

from bench.scenario import Work, expect

_lib: Any = importlib.import_module("pydantic_graph")


@dataclasses.dataclass
class Number:
    """One number."""

    n: int = 0


async def _passes(ctx: Any) -> None:
    return None


def chain(size: int) -> Work:
    """A chain of no-op steps."""
    builder = _lib.GraphBuilder(state_type=Number, output_type=None)
    previous: Any = builder.start_node
    for index in range(size):
        step = builder.step(node_id=f"n{index}")(_passes)
        builder.add(builder.edge_from(previous).to(step))
        previous = step
    builder.add(builder.edge_from(previous).to(builder.end_node))
    graph = builder.build()

    async def call() -> int:
        state = Number(7)
        await graph.run(state=state)
        return state.n

    return Work(call, size, lambda got: expect("n", got, 7))


def loop(size: int) -> Work:
    """One step that goes round until the number is large enough."""
    builder = _lib.GraphBuilder(state_type=Number, output_type=int)

    async def adds(ctx: Any) -> int:
        ctx.state.n += 1
        return int(ctx.state.n)

    step = builder.step(node_id="step")(adds)
    decision = builder.decision()
    decision = decision.branch(builder.match(int, matches=lambda n: n < size).to(step))
    decision = decision.branch(builder.match(int).to(builder.end_node))
    builder.add(
        builder.edge_from(builder.start_node).to(step), builder.edge_from(step).to(decision)
    )
    graph = builder.build()

    async def call() -> Any:
        return await graph.run(state=Number())

    return Work(call, size, lambda got: expect("n", got, size))


def send(size: int) -> Work:
    """A list that is mapped over a step and joined."""
    builder = _lib.GraphBuilder(output_type=list[int])

    async def spread(ctx: Any) -> list[int]:
        return list(range(size))

    async def works(ctx: Any) -> int:
        return int(ctx.inputs)

    spreads = builder.step(node_id="spread")(spread)
    work = builder.step(node_id="work")(works)
    join = builder.join(_lib.reduce_list_append, initial_factory=list[int])
    builder.add(
        builder.edge_from(builder.start_node).to(spreads),
        builder.edge_from(spreads).map().to(work),
        builder.edge_from(work).to(join),
        builder.edge_from(join).to(builder.end_node),
    )
    graph = builder.build()

    async def call() -> Any:
        return sorted(await graph.run())

    return Work(call, size, lambda got: expect("found", got, list(range(size))))


WORKS = {
    "chain_100_async": chain,
    "chain_1000_async": chain,
    "loop_router_async": loop,
    "send_100_async": send,
    "send_1000_async": send,
}
