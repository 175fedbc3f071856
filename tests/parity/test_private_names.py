"""What packages made for LangGraph import of its private modules, on both engines."""
# pyright: basic, reportPrivateUsage=false, reportTypedDictNotRequiredAccess=false, reportOperatorIssue=false, reportInvalidTypeForm=false
# mypy: disable-error-code="misc, valid-type"

import asyncio
import importlib
from typing import Any

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.runnables import Runnable, RunnableConfig, RunnableLambda

ENGINES = ["langgraph", "anystep"]


def named(engine: str, module: str, name: str) -> Any:
    """A name of a module of an engine."""
    return getattr(importlib.import_module(f"{engine}.{module}"), name)


class Runs(BaseCallbackHandler):
    """The names of the chains that run."""

    def __init__(self) -> None:
        self.names: list[str | None] = []

    def on_chain_start(self, serialized: Any, inputs: Any, **kwargs: Any) -> None:
        """Note one."""
        self.names.append(kwargs.get("name"))


@pytest.mark.parametrize("engine", ENGINES)
def test_a_function_as_a_runnable(engine: str) -> None:
    """Both faces, what it takes besides the input, what callbacks are told."""
    kind = named(engine, "_internal._runnable", "RunnableCallable")

    def double(x: int, config: RunnableConfig) -> Any:
        return f"{x} {config['tags']}"

    async def adouble(x: int, config: RunnableConfig) -> Any:
        return RunnableLambda(lambda y: y * 10)

    runs = Runs()
    made = kind(double, adouble)
    assert isinstance(made, Runnable)
    assert made.get_name() == "double"
    assert made.invoke(2, {"tags": ["t"], "callbacks": [runs]}) == "2 ['t']"
    assert asyncio.run(made.ainvoke(2, {"callbacks": [runs]})) == 20
    assert runs.names[:2] == ["double", "double"]
    quiet = Runs()
    assert kind(double, trace=False).invoke(1, {"tags": [], "callbacks": [quiet]}) == "1 []"
    assert quiet.names == []
    assert kind(lambda *a, **k: (a, k), explode_args=True).invoke(((1, 2), {"k": 3})) == (
        (1, 2),
        {"k": 3},
    )
    with pytest.raises(TypeError, match='No synchronous function provided to "adouble"'):
        kind(None, adouble).invoke(1)
    with pytest.raises(ValueError, match="At least one of func or afunc"):
        kind(None)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_function_as_a_node(engine: str) -> None:
    """It takes the runtime, and may be derived from."""
    kind = named(engine, "utils.runnable", "RunnableCallable")
    graph, state = named(engine, "graph", "StateGraph"), named(engine, "graph", "MessagesState")

    class Derived(kind):
        def __init__(self) -> None:
            super().__init__(self.work, name="derived", trace=False)

        def work(self, state: Any, runtime: Any) -> Any:
            return {"messages": [("ai", f"{runtime.context}")]}

    node = Derived()
    app = graph(state).add_node(node).add_edge("__start__", "derived").compile()

    assert app.invoke({"messages": []}, context="c")["messages"][0].content == "c"


@pytest.mark.parametrize("engine", ENGINES)
def test_configs(engine: str) -> None:
    """With something changed, the given one as it was."""
    config = {"configurable": {"a": 1}, "tags": ["t"]}

    patched = named(engine, "_internal._config", "patch_configurable")(config, {"b": 2})

    assert patched == {"configurable": {"a": 1, "b": 2}, "tags": ["t"]}
    assert config == {"configurable": {"a": 1}, "tags": ["t"]}


@pytest.mark.parametrize("engine", ENGINES)
def test_type_variables_have_defaults(engine: str) -> None:
    """So that they may follow others that have."""
    from typing import Generic

    from typing_extensions import TypeVar

    first = TypeVar("first", default=int)

    class Request(Generic[first, named(engine, "typing", "ContextT")]): ...

    assert Request[int, str]
    assert named(engine, "pregel", "Pregel")[Any]


@pytest.mark.parametrize("engine", ENGINES)
def test_state_through_the_config(engine: str) -> None:
    """A node reads channels there, and writes before it returns; it sees what it has written."""
    from operator import add
    from typing import Annotated

    from typing_extensions import TypedDict

    keys = importlib.import_module(f"{engine}._internal._constants")

    class State(TypedDict):
        xs: Annotated[list[str], add]
        n: int

    seen: list[Any] = []

    def node(state: State, config: RunnableConfig) -> Any:
        read = config["configurable"][keys.CONFIG_KEY_READ]
        send = config["configurable"][keys.CONFIG_KEY_SEND]
        send([("xs", ["sent"])])
        seen.extend([read("xs"), read("xs", True), read("n"), read(["xs", "n"], True)])
        return {"xs": ["returned"]}

    builder = named(engine, "graph", "StateGraph")(State).add_node("a", node)
    builder.add_node("b", lambda state: {"n": len(state["xs"])})

    def route(state: State) -> str:
        seen.append(state)
        return "b"

    builder.add_conditional_edges("a", route, ["b"])
    graph = builder.add_edge("__start__", "a").compile()

    found = graph.invoke({"xs": ["given"]})

    assert sorted(found["xs"][1:]) == ["returned", "sent"]
    assert found["n"] == 3
    assert seen[:3] == [["given"], ["given", "sent"], None]
    assert seen[3] == {"xs": ["given", "sent"]}
    assert len(seen[4]["xs"]) == 3


@pytest.mark.parametrize("engine", ENGINES)
def test_a_delta_channel_starts_as_what_is_annotated(engine: str) -> None:
    """Whatever was given to it, and inside a qualifier."""
    from typing import Annotated, NotRequired

    from typing_extensions import TypedDict

    delta = named(engine, "channels.delta", "DeltaChannel")

    def merge(base: dict[str, int], writes: list[dict[str, int]]) -> dict[str, int]:
        for write in writes:
            base = {**base, **write}
        return base

    class State(TypedDict):
        files: Annotated[NotRequired[dict[str, int]], delta(merge)]
        plain: Annotated[dict[str, int], delta(merge)]
        xs: Annotated[list[int], delta(lambda base, writes: [*base, *writes[0]])]

    seen: list[Any] = []

    def node(state: State) -> Any:
        seen.append(state)
        return {"files": {"a": 1}}

    graph = named(engine, "graph", "StateGraph")(State).add_node("a", node)
    found = graph.add_edge("__start__", "a").compile().invoke({"plain": {"b": 2}})

    assert seen == [{"files": {}, "plain": {"b": 2}, "xs": []}]
    assert found == {"files": {"a": 1}, "plain": {"b": 2}, "xs": []}
