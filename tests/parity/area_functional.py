"""The functional API: @entrypoint and @task."""
# pyright: basic, reportInvalidTypeForm=false
# mypy: disable-error-code="untyped-decorator"

from typing import Any

from ._oracle import Run, program, thread

_ALL = ["values", "updates", "tasks", "custom"]


@program(faces=("sync",))
async def tasks(lib: Any, run: Run) -> None:
    """Tasks return futures; their results are streamed."""

    @lib.task
    def double(x: int) -> int:
        return x * 2

    @lib.entrypoint()
    def work(value: int) -> int:
        first = double(value)
        return int(double(first.result()).result()) + 1

    await run.invoke(work, 3)
    for mode in _ALL:
        await run.stream(work, 3, stream_mode=mode)
    await run.stream(work, 3)


@program(faces=("async",))
async def async_tasks(lib: Any, run: Run) -> None:
    """Coroutine tasks are awaited."""

    @lib.task
    async def double(x: int) -> int:
        return x * 2

    @lib.entrypoint()
    async def work(value: int) -> int:
        return int(await double(await double(value))) + 1

    await run.invoke(work, 3)
    for mode in _ALL:
        await run.stream(work, 3, stream_mode=mode)


@program(faces=("sync",), parallel=True)
async def several_at_once(lib: Any, run: Run) -> None:
    """Tasks started together are joined one by one."""

    @lib.task
    def square(x: int) -> int:
        return x * x

    @lib.entrypoint(checkpointer=lib.InMemorySaver())
    def work(values: list[int]) -> list[int]:
        futures = [square(value) for value in values]
        return [future.result() for future in futures]

    await run.invoke(work, [1, 2, 3], thread())
    await run.state(work, thread())


@program(faces=("async",), parallel=True)
async def several_at_once_async(lib: Any, run: Run) -> None:
    """Coroutine tasks are gathered."""
    import asyncio

    @lib.task
    async def square(x: int) -> int:
        return x * x

    @lib.entrypoint(checkpointer=lib.InMemorySaver())
    async def work(values: list[int]) -> list[int]:
        return list(await asyncio.gather(*(square(value) for value in values)))

    await run.invoke(work, [1, 2, 3], thread())
    await run.state(work, thread())


@program(faces=("sync",))
async def interrupted(lib: Any, run: Run) -> None:
    """Finished tasks do not run again after an interrupt."""
    ran = []

    @lib.task
    def step(x: int) -> int:
        ran.append(x)
        return x + 1

    @lib.entrypoint(checkpointer=lib.InMemorySaver())
    def work(value: int) -> Any:
        first = step(value).result()
        answer = lib.interrupt({"first": first})
        return [first, answer, step(10).result()]

    await run.stream(work, 1, thread(), stream_mode=_ALL)
    await run.state(work, thread())
    await run.stream(work, lib.Command(resume="yes"), thread(), stream_mode=_ALL)
    await run.history(work, thread())
    run.note("ran", ran)


@program(faces=("async",))
async def interrupted_async(lib: Any, run: Run) -> None:
    """The same with coroutine tasks."""
    ran = []

    @lib.task
    async def step(x: int) -> int:
        ran.append(x)
        return x + 1

    @lib.entrypoint(checkpointer=lib.InMemorySaver())
    async def work(value: int) -> Any:
        first = await step(value)
        answer = lib.interrupt({"first": first})
        return [first, answer, await step(10)]

    await run.invoke(work, 1, thread())
    await run.state(work, thread())
    await run.invoke(work, lib.Command(resume="yes"), thread())
    await run.history(work, thread())
    run.note("ran", ran)


@program(faces=("sync",))
async def previous(lib: Any, run: Run) -> None:
    """previous is what the last run of the thread saved."""

    @lib.entrypoint(checkpointer=lib.InMemorySaver())
    def work(value: int, *, previous: Any = None) -> Any:
        return lib.entrypoint.final(value=[value, previous], save=(previous or 0) + value)

    for value in (1, 2, 3):
        await run.invoke(work, value, thread())
    await run.state(work, thread())
    await run.history(work, thread())


@program(faces=("sync",))
async def failed_task(lib: Any, run: Run) -> None:
    """A task's error reaches the entrypoint, which may catch it."""

    @lib.task
    def fails(x: int) -> int:
        raise ValueError(f"no {x}")

    @lib.entrypoint(checkpointer=lib.InMemorySaver())
    def catches(value: int) -> str:
        try:
            return str(fails(value).result())
        except ValueError as error:
            return f"caught {error}"

    @lib.entrypoint(checkpointer=lib.InMemorySaver())
    def passes(value: int) -> Any:
        return fails(value).result()

    await run.invoke(catches, 1, thread())
    await run.invoke(passes, 1, thread())
    await run.state(passes, thread())


@program(faces=("sync",))
async def retried_task(lib: Any, run: Run) -> None:
    """A task has retries of its own."""
    ran = []
    policy = lib.RetryPolicy(initial_interval=0, jitter=False, retry_on=ValueError)

    @lib.task(retry_policy=policy)
    def flaky(x: int) -> int:
        ran.append(x)
        if len(ran) < 3:
            raise ValueError("again")
        return x

    @lib.entrypoint()
    def work(value: int) -> Any:
        return flaky(value).result()

    await run.invoke(work, 1)
    run.note("ran", ran)


@program(faces=("sync",))
async def named(lib: Any, run: Run) -> None:
    """Tasks may have names; the entrypoint is named after its function."""

    @lib.task(name="other")
    def step(x: int) -> int:
        return x

    @lib.entrypoint()
    def work(value: int) -> Any:
        return step(value).result()

    await run.stream(work, 1, stream_mode=["updates", "tasks"])
    run.note("name", work.name)


@program(faces=("sync",))
async def injected(lib: Any, run: Run) -> None:
    """An entrypoint may ask for config, writer, store and runtime."""

    @lib.entrypoint(store=lib.InMemoryStore())
    def work(value, *, config, writer, store):  # type: ignore[no-untyped-def]
        writer("hello")
        store.put(("a",), "k", {"v": value})
        return [config["configurable"]["own"], store.get(("a",), "k").value]

    await run.stream(work, 1, {"configurable": {"own": 5}}, stream_mode=["custom", "updates"])


@program
async def refused(lib: Any, run: Run) -> None:
    """Entrypoints need an input; tasks need a run."""

    def nothing() -> int:
        return 1

    def generates(value: int) -> Any:
        yield value

    @lib.task
    def step(x: int) -> int:
        return x

    run.attempt("no parameter", lambda: lib.entrypoint()(nothing))
    run.attempt("generator", lambda: lib.entrypoint()(generates))
    try:
        step(1)
    except Exception as error:  # noqa: BLE001 - its type is the observation
        run.note("outside", type(error).__name__)


@program(faces=("sync",))
async def tasks_inside_nodes(lib: Any, run: Run) -> None:
    """A node of a graph may call tasks; they are not repeated on resume."""
    from ._kit import Words, chain

    ran = []

    @lib.task
    def step(x: int) -> int:
        ran.append(x)
        return x

    def node(state: Any) -> dict[str, Any]:
        first = step(1).result()
        return {"xs": [first, lib.interrupt("q"), step(2).result()]}

    graph = chain(lib, Words, {"a": node}, checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"xs": []}, thread())
    await run.invoke(graph, lib.Command(resume="x"), thread())
    run.note("ran", ran)


@program(faces=("sync",))
async def graph_inside(lib: Any, run: Run) -> None:
    """An entrypoint may call a graph, a graph an entrypoint."""
    from ._kit import Number, chain, counts

    graph = chain(lib, Number, {"a": counts})

    @lib.entrypoint(checkpointer=lib.InMemorySaver())
    def work(value: int) -> Any:
        return graph.invoke({"n": value})

    await run.stream(work, 1, thread(), stream_mode=["updates", "values"], subgraphs=True)
    outer = chain(lib, Number, {"w": lambda s: work.invoke(s["n"])})
    await run.invoke(outer, {"n": 5})


@program
async def limits_need_something_to_await(lib: Any, run: Run) -> None:
    """A plain function cannot be stopped, so it is refused a time limit where it is made."""

    def plain(x: int) -> int:
        return x

    def node() -> Any:
        builder = lib.StateGraph(dict)
        builder.add_node("plain", plain, timeout=1)
        builder.add_edge(lib.START, "plain")
        return builder.compile()

    run.attempt("task", lambda: lib.task(timeout=1)(plain))
    run.attempt("entrypoint", lambda: lib.entrypoint(timeout=1)(plain))
    run.attempt("node", node)


@program
async def what_a_signature_says(lib: Any, run: Run) -> None:
    """The schemas of an entrypoint are its parameter's and its result's."""

    @lib.entrypoint()
    def saves(x: int, *, previous: Any = None) -> lib.entrypoint.final[int, str]:
        return lib.entrypoint.final(value=x, save="x")

    @lib.entrypoint()
    def says_nothing(x, y=2):  # type: ignore[no-untyped-def]
        return x + y

    for graph in (saves, says_nothing):
        run.note("input", graph.get_input_jsonschema())
        run.note("output", graph.get_output_jsonschema())
        await run.invoke(graph, 1)


@program
async def cached_calls_say_so(lib: Any, run: Run) -> None:
    """The update of a task whose result came out of the cache is marked."""

    @lib.task(cache_policy=lib.CachePolicy())
    def double(x: int) -> int:
        return 2 * x

    @lib.entrypoint(cache=lib.InMemoryCache())
    def doubles(x: int) -> list[int]:
        return [double(x).result(), double(x).result()]

    for _ in range(2):
        await run.stream(doubles, 1, stream_mode="updates")
