"""Hand-built graphs, and the time a superstep may take."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from anystep.channels import LastValue
from anystep.checkpoint.memory import InMemorySaver
from anystep.pregel import NodeBuilder, Pregel
from anystep.testing import HandDriven

if TYPE_CHECKING:
    from tests.conftest import Driver

pytestmark = pytest.mark.host
CONFIG: Any = {"configurable": {"thread_id": "t"}}


def graph_of(nodes: dict[str, NodeBuilder], *names: str, **options: Any) -> Any:
    """Number channels, from the first to the last."""
    channels: dict[str, Any] = {name: LastValue(int) for name in names}
    return Pregel(
        nodes=nodes,
        channels=channels,
        input_channels=names[0],
        output_channels=names[-1],
        **options,
    )


def test_values_go_through(driver: Driver) -> None:
    """A channel's value goes in, another's comes out, on both faces."""
    one = NodeBuilder().subscribe_only("a").do(lambda n: n + 1).do(lambda n: n * 2)
    graph = graph_of({"one": one.write_to("b")}, "a", "b")

    assert driver.invoke(graph, 2) == 6
    assert driver.stream(graph, 2, stream_mode="updates") == [{"one": {"b": 6}}]


async def test_coroutine_functions_need_the_async_face() -> None:
    """They are awaited there, and refused elsewhere with the reason."""

    async def later(n: int) -> int:
        await asyncio.sleep(0)
        return n + 1

    graph = graph_of({"one": NodeBuilder().subscribe_only("a").do(later).write_to("b")}, "a", "b")

    assert await graph.ainvoke(2) == 3
    with pytest.raises(TypeError, match="No synchronous function"):
        graph.invoke(2)


async def test_a_superstep_has_its_time() -> None:
    """Tasks that are still running then are cancelled; what was done does not run again."""
    ran: list[str] = []

    async def quick(n: int) -> int:
        ran.append("quick")
        return n

    async def slow(n: int) -> int:
        ran.append("slow")
        await asyncio.sleep(30 if ran.count("slow") == 1 else 0)
        return n

    graph = graph_of(
        {
            "quick": NodeBuilder().subscribe_only("a").do(quick).write_to("b"),
            "slow": NodeBuilder().subscribe_only("a").do(slow).write_to("c"),
        },
        "a",
        "b",
        "c",
        checkpointer=InMemorySaver(),
        step_timeout=0.1,
    )

    with pytest.raises(TimeoutError, match="Timed out"):
        await graph.ainvoke(1, CONFIG)
    assert await graph.ainvoke(None, CONFIG) == 1
    assert ran.count("quick") == 1


def test_time_is_up_by_the_clock_of_the_host() -> None:
    """The limit counts from the start of the superstep, and the next one has its own."""
    nodes = {
        "one": NodeBuilder().subscribe_only("a").write_to("b"),
        "two": NodeBuilder().subscribe_only("b").write_to("c"),
    }
    run = HandDriven(graph_of(nodes, "a", "b", "c", step_timeout=2.0), 1)
    run.advance(1.5)
    run.finish("one")
    run.advance(1.5)
    assert run.running == ["two"]

    with pytest.raises(TimeoutError):
        run.advance(0.5)


def test_what_is_no_node_is_refused() -> None:
    """The error names it."""
    with pytest.raises(TypeError, match="for 'one', expected PregelNode or NodeBuilder"):
        graph_of({"one": 3}, "a", "b")  # type: ignore[dict-item]  # pyright: ignore[reportArgumentType]
    with pytest.raises(TypeError, match="unsupported type"):
        NodeBuilder().do(3)
