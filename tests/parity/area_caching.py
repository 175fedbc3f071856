"""Node caches: a hit replays the writes of the first run."""
# pyright: basic

from typing import Any

from ._kit import Log, Words, chain
from ._oracle import Run, program, thread


def _cached(lib: Any, ran: list[Any], policy: Any, cache: Any, **options: Any) -> Any:
    def node(state: Any) -> dict[str, Any]:
        ran.append(state["n"])
        return {"xs": [f"ran {len(ran)}"]}

    builder = lib.StateGraph(Log).add_node("a", node, cache_policy=policy)
    return builder.add_edge(lib.START, "a").compile(cache=cache, **options)


@program
async def hit_and_miss(lib: Any, run: Run) -> None:
    """The same input is not computed twice; updates say so."""
    ran: list[Any] = []
    graph = _cached(lib, ran, lib.CachePolicy(), lib.InMemoryCache())

    for number in (1, 1, 2):
        await run.stream(graph, {"xs": [], "n": number}, stream_mode=["updates", "tasks", "values"])
    run.note("ran", ran)


@program
async def key_function(lib: Any, run: Run) -> None:
    """key_func decides what is the same."""
    ran: list[Any] = []
    policy = lib.CachePolicy(key_func=lambda state: str(state["n"] % 2))
    graph = _cached(lib, ran, policy, lib.InMemoryCache())

    for number in (1, 3, 2, 4):
        await run.invoke(graph, {"xs": [], "n": number})
    run.note("ran", ran)


@program
async def without_cache(lib: Any, run: Run) -> None:
    """A policy without a cache does nothing."""
    ran: list[Any] = []
    graph = _cached(lib, ran, lib.CachePolicy(), None)

    for _ in range(2):
        await run.invoke(graph, {"xs": [], "n": 1})
    run.note("ran", ran)


@program
async def without_policy(lib: Any, run: Run) -> None:
    """A cache without a policy does nothing."""
    ran: list[Any] = []
    graph = _cached(lib, ran, None, lib.InMemoryCache())

    for _ in range(2):
        await run.invoke(graph, {"xs": [], "n": 1})
    run.note("ran", ran)


@program
async def cleared(lib: Any, run: Run) -> None:
    """clear_cache forgets a node's results."""
    ran: list[Any] = []
    graph = _cached(lib, ran, lib.CachePolicy(ttl=60), lib.InMemoryCache())

    await run.invoke(graph, {"xs": [], "n": 1})
    if run.face == "sync":
        graph.clear_cache(nodes=["a"])
    else:
        await graph.aclear_cache(nodes=["a"])
    await run.invoke(graph, {"xs": [], "n": 1})
    run.note("ran", ran)


@program
async def failures_are_not_kept(lib: Any, run: Run) -> None:
    """A failure is not cached."""
    ran = []

    def node(state: Any) -> dict[str, Any]:
        ran.append(1)
        if len(ran) == 1:
            raise ValueError("once")
        return {"xs": ["fine"]}

    builder = lib.StateGraph(Words).add_node("a", node, cache_policy=lib.CachePolicy())
    graph = builder.add_edge(lib.START, "a").compile(cache=lib.InMemoryCache())

    for _ in range(3):
        await run.invoke(graph, {"xs": []})
    run.note("ran", len(ran))


@program
async def routes_are_kept(lib: Any, run: Run) -> None:
    """A hit follows the edges and Commands of the first run."""

    def node(state: Any) -> Any:
        return lib.Command(update={"xs": ["a"]}, goto="b")

    builder = lib.StateGraph(Words)
    builder.add_node("a", node, cache_policy=lib.CachePolicy())
    builder.add_node("b", lambda s: {"xs": ["b"]})
    builder.add_edge(lib.START, "a")
    graph = builder.compile(cache=lib.InMemoryCache(), checkpointer=lib.InMemorySaver())

    for name in ("1", "2"):
        await run.stream(graph, {"xs": []}, thread(name), stream_mode=["updates", "values"])


@program
async def of_a_subgraph(lib: Any, run: Run) -> None:
    """A cached subgraph does not run again."""
    ran = []

    def inner(state: Any) -> dict[str, Any]:
        ran.append(1)
        return {"xs": ["i"]}

    sub = chain(lib, Words, {"i": inner})
    builder = lib.StateGraph(Words).add_node("sub", sub, cache_policy=lib.CachePolicy())
    graph = builder.add_edge(lib.START, "sub").compile(cache=lib.InMemoryCache())

    for _ in range(2):
        await run.stream(graph, {"xs": []}, stream_mode="updates", subgraphs=True)
    run.note("ran", len(ran))
