"""What a node may ask for: config, runtime, context, store, managed values."""
# pyright: basic, reportInvalidTypeForm=false

import dataclasses
from typing import Any, TypedDict

import pydantic

from ._kit import Log, Number, Words, chain, says
from ._oracle import Run, program, thread


@dataclasses.dataclass
class Context:
    """What a caller passes in."""

    user: str
    level: int = 1


def _with_context(lib: Any, schema: Any, node: Any, **options: Any) -> Any:
    builder = lib.StateGraph(Log, context_schema=schema).add_node("a", node)
    return builder.add_edge(lib.START, "a").compile(**options)


@program
async def config_by_name(lib: Any, run: Run) -> None:
    """A parameter called config is the config of the task."""
    seen = []

    def node(state, config):  # type: ignore[no-untyped-def]
        seen.append(
            {
                "tags": config.get("tags"),
                "metadata": config["metadata"],
                "limit": config.get("recursion_limit"),
                "user": {
                    key: value
                    for key, value in config["configurable"].items()
                    if not key.startswith("__")
                },
            }
        )

    graph = chain(lib, Words, {"a": node}, checkpointer=lib.InMemorySaver())
    config = {
        "configurable": {"thread_id": "t", "own": "value"},
        "tags": ["tag"],
        "metadata": {"m": 1},
        "recursion_limit": 7,
    }

    await run.invoke(graph, {"xs": []}, config)
    run.note("seen", seen)


@program
async def get_config(lib: Any, run: Run) -> None:
    """get_config inside a node, its helpers and its router."""
    seen = []

    def helper() -> Any:
        return lib.get_config()["configurable"]["own"]

    def node(state: Any) -> dict[str, Any]:
        seen.append(helper())
        return {"xs": ["a"]}

    def router(state: Any) -> str:
        seen.append(helper())
        return "__end__"

    builder = lib.StateGraph(Words).add_node("a", node)
    builder.add_edge(lib.START, "a").add_conditional_edges("a", router)

    await run.invoke(builder.compile(), {"xs": []}, {"configurable": {"own": "v"}})
    run.note("seen", seen)


@program
async def context_as_dataclass(lib: Any, run: Run) -> None:
    """Context is given whole or as a dict; the runtime carries it."""
    seen = []

    def node(state: Any, runtime: lib.Runtime[Context]) -> dict[str, Any]:
        seen.append(runtime.context)
        return {"xs": [type(runtime.context).__name__]}

    graph = _with_context(lib, Context, node)

    await run.invoke(graph, {"xs": []}, context=Context("me", 2))
    await run.invoke(graph, {"xs": []}, context={"user": "you"})
    await run.invoke(graph, {"xs": []})
    await run.invoke(graph, {"xs": []}, context={"nobody": "x"})
    run.note("seen", seen)


@program
async def context_as_other_types(lib: Any, run: Run) -> None:
    """Context schemas may be models or typed dicts."""
    seen = []

    class Model(pydantic.BaseModel):
        user: str

    class Table(TypedDict):
        user: str

    def node(state: Any, runtime: lib.Runtime) -> dict[str, Any]:
        seen.append(runtime.context)
        return {"xs": ["a"]}

    for schema in (Model, Table, None):
        await run.invoke(_with_context(lib, schema, node), {"xs": []}, context={"user": "u"})
    run.note("seen", seen)


@program
async def get_runtime(lib: Any, run: Run) -> None:
    """get_runtime inside a node; outside it is an error."""
    seen = []

    def node(state: Any) -> dict[str, Any]:
        runtime = lib.get_runtime(Context)
        seen.append([runtime.context, runtime.store, runtime.previous])
        return {"xs": ["a"]}

    await run.invoke(_with_context(lib, Context, node), {"xs": []}, context=Context("me"))
    run.note("seen", seen)
    run.attempt("outside", lambda: lib.get_runtime())


@program
async def context_reaches_routers_and_subgraphs(lib: Any, run: Run) -> None:
    """Routers and subgraphs see the context of their run."""
    seen = []

    def inner(state: Any, runtime: lib.Runtime) -> dict[str, Any]:
        seen.append(["inner", runtime.context])
        return {"xs": ["inner"]}

    def router(state: Any, runtime: lib.Runtime) -> str:
        seen.append(["router", runtime.context])
        return "sub"

    sub = lib.StateGraph(Words, context_schema=Context).add_node("i", inner)
    builder = lib.StateGraph(Words, context_schema=Context)
    builder.add_node("a", says("a"))
    builder.add_node("sub", sub.add_edge(lib.START, "i").compile())
    builder.add_edge(lib.START, "a").add_conditional_edges("a", router)

    await run.invoke(builder.compile(), {"xs": []}, context=Context("me"))
    run.note("seen", seen)


@program
async def execution_info(lib: Any, run: Run) -> None:
    """The runtime says where in a run a node is."""
    seen = []

    def node(state: Any, runtime: lib.Runtime) -> dict[str, Any]:
        info = runtime.execution_info
        seen.append(
            [info.thread_id, info.node_attempt, info.checkpoint_ns, info.task_id, info.run_id]
        )
        return {"xs": ["a"]}

    graph = chain(lib, Words, {"a": node, "b": node}, checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"xs": []}, thread())
    run.note("seen", seen)


@program
async def store_everywhere(lib: Any, run: Run) -> None:
    """A store is injected by name, by the runtime and by get_store."""
    seen = []

    def writes(state: Any, store: lib.BaseStore) -> dict[str, Any]:
        store.put(("users", "me"), "name", {"value": "Ada"})
        return {"xs": ["w"]}

    def reads(state: Any, runtime: lib.Runtime) -> dict[str, Any]:
        item = runtime.store.get(("users", "me"), "name")
        seen.append([item.value, item.key, item.namespace])
        return {"xs": ["r"]}

    def searches(state: Any) -> dict[str, Any]:
        seen.append([item.key for item in lib.get_store().search(("users",))])
        return {"xs": ["s"]}

    store = lib.InMemoryStore()
    graph = chain(lib, Words, {"w": writes, "r": reads, "s": searches}, store=store)

    await run.invoke(graph, {"xs": []})
    run.note("seen", seen)
    run.note("kept", store.get(("users", "me"), "name").value)


@program
async def store_without_one(lib: Any, run: Run) -> None:
    """A node that asks for a store the graph does not have."""

    def node(state: Any, store: lib.BaseStore) -> dict[str, Any]:
        return {"xs": [store is None]}

    await run.invoke(chain(lib, Words, {"a": node}), {"xs": []})


@program
async def keyword_only(lib: Any, run: Run) -> None:
    """Injected parameters may be keyword-only, in any order."""

    def node(state, *, writer, config):  # type: ignore[no-untyped-def]
        writer("hello")
        return {"xs": [config["configurable"]["own"]]}

    graph = chain(lib, Words, {"a": node})

    await run.stream(
        graph, {"xs": []}, {"configurable": {"own": "v"}}, stream_mode=["custom", "updates"]
    )


@program
async def unknown_parameter(lib: Any, run: Run) -> None:
    """A parameter nobody can fill, with and without a default."""

    def defaulted(state: Any, extra: int = 3) -> dict[str, Any]:
        return {"xs": [extra]}

    def required(state: Any, extra: int) -> dict[str, Any]:
        return {"xs": [extra]}

    await run.invoke(chain(lib, Words, {"a": defaulted}), {"xs": []})
    await run.invoke(chain(lib, Words, {"a": required}), {"xs": []})


@program
async def bound_config(lib: Any, run: Run) -> None:
    """with_config merges: tags add up, metadata and configurable merge."""
    seen = []

    def node(state, config):  # type: ignore[no-untyped-def]
        seen.append(
            [
                sorted(config.get("tags") or []),
                sorted(
                    (k, v)
                    for k, v in config["metadata"].items()
                    if not k.startswith(("langgraph", "checkpoint", "ls_"))
                ),
                config["configurable"].get("own"),
                config["configurable"].get("other"),
            ]
        )

    graph = chain(lib, Words, {"a": node}).with_config(
        {"tags": ["bound"], "metadata": {"b": 1, "m": 1}, "configurable": {"own": 1, "other": 2}}
    )

    await run.invoke(graph, {"xs": []})
    await run.invoke(
        graph,
        {"xs": []},
        {"tags": ["call"], "metadata": {"m": 2}, "configurable": {"own": 3}},
    )
    run.note("seen", seen)


@program
async def config_inside_a_called_graph(lib: Any, run: Run) -> None:
    """A graph called inside a node inherits the config around it."""
    seen = []

    def inner(state: Any) -> dict[str, Any]:
        config = lib.get_config()
        seen.append([config["configurable"].get("own"), sorted(config.get("tags") or [])])
        return {"xs": ["inner"]}

    graph = chain(lib, Words, {"i": inner})
    if run.face == "sync":

        def calls(state: Any) -> Any:
            return graph.invoke(state, {"tags": ["inner"]})

        node: Any = calls
    else:

        async def acalls(state: Any) -> Any:
            return await graph.ainvoke(state, {"tags": ["inner"]})

        node = acalls
    config = {"configurable": {"own": "v"}, "tags": ["outer"]}

    await run.invoke(chain(lib, Words, {"a": node}), {"xs": []}, config)
    run.note("seen", seen)


@program
async def context_variables(lib: Any, run: Run) -> None:
    """A node runs in a copy of the caller's context: what it sets stays inside."""
    import contextvars

    variable: contextvars.ContextVar[str] = contextvars.ContextVar("v", default="none")
    seen = []

    def sets(state: Any) -> dict[str, Any]:
        seen.append(variable.get())
        variable.set("node")
        return {"xs": ["s"]}

    def reads(state: Any) -> dict[str, Any]:
        seen.append(variable.get())
        return {"xs": ["r"]}

    variable.set("caller")

    await run.invoke(chain(lib, Words, {"s": sets, "r": reads}), {"xs": []})
    run.note("seen", [*seen, variable.get()])


@program
async def drained(lib: Any, run: Run) -> None:
    """request_drain stops before the next step; the thread goes on later."""
    control = lib.RunControl()

    def node(state: Any) -> dict[str, Any]:
        control.request_drain("bye")
        return {"xs": ["a"]}

    nodes = {"a": node, "b": says("b")}
    graph = chain(lib, Words, nodes, checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"xs": []}, thread(), control=control)
    await run.state(graph, thread())
    run.note("control", [control.drain_requested, control.drain_reason])
    await run.invoke(graph, None, thread())


@program
async def drained_by_the_node(lib: Any, run: Run) -> None:
    """A node may ask its runtime to drain."""

    def node(state: Any, runtime: lib.Runtime) -> dict[str, Any]:
        runtime.control.request_drain()
        return {"n": 1}

    graph = chain(lib, Number, {"a": node, "b": node}, checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"n": 0}, thread(), control=lib.RunControl())
    await run.state(graph, thread())


@program
async def concurrency(lib: Any, run: Run) -> None:
    """max_concurrency bounds how many tasks of a step run together."""
    import threading

    lock = threading.Lock()
    running = [0, 0]

    def node(state: Any) -> dict[str, Any]:
        with lock:
            running[0] += 1
            running[1] = max(running)
        with lock:
            running[0] -= 1
        return {"xs": ["w"]}

    builder = lib.StateGraph(Words).add_node("w", node)
    builder.add_conditional_edges(lib.START, lambda s: [lib.Send("w", {})] * 5)

    await run.invoke(builder.compile(), {"xs": []}, {"max_concurrency": 1})
    run.note("together", running[1])
