"""What agents do: a model that asks for tools, subgraphs by Send, and questions to people."""

import itertools
from typing import Any, TypedDict

from bench.scenario import Scenario, Work, both, expect, limit

from .states import coloured


class Asked(TypedDict):
    """How many answers a person gave."""

    answers: int


def react(lib: Any, size: int, is_async: bool) -> Work:
    """A model that asks for a tool *size* times before it answers; a checkpoint of every step."""
    saver = lib.InMemorySaver()
    numbers = itertools.count()

    def model(state: Any) -> dict[str, Any]:
        turn = len(state["messages"]) // 2
        asks = [{"name": "look_up", "args": {"n": turn}, "id": f"call {turn}"}]
        said = {"role": "ai", "content": f"thought {turn}"}
        return {"messages": [said | ({"tool_calls": asks} if turn < size else {})]}

    def tools(state: Any) -> dict[str, Any]:
        (ask,) = state["messages"][-1].tool_calls
        said = {"role": "tool", "content": f"found {ask['args']['n']}", "tool_call_id": ask["id"]}
        return {"messages": [said]}

    builder = lib.StateGraph(lib.MessagesState)
    builder.add_node("model", coloured(model, is_async)).add_node(
        "tools", coloured(tools, is_async)
    )
    builder.add_edge(lib.START, "model").add_edge("tools", "model")
    builder.add_conditional_edges(
        "model",
        lambda state: "tools" if state["messages"][-1].tool_calls else "__end__",
        ["tools", lib.END],
    )
    graph = builder.compile(checkpointer=saver)
    given = {"messages": [{"role": "human", "content": "Find them all."}]}

    def config() -> dict[str, Any]:
        number = next(numbers)
        saver.delete_thread(f"t{number - 1}")
        return limit(2 * size) | {"configurable": {"thread_id": f"t{number}"}}

    def check(result: Any) -> None:
        expect("messages", len(result["messages"]), 2 * size + 2)
        expect("last", result["messages"][-1].content, f"thought {size}")

    run = graph.ainvoke if is_async else graph.invoke
    return Work(lambda: run(given, config()), 2 * size + 1, check)


def questions(lib: Any, size: int, is_async: bool) -> Work:
    """A node that asks a person *size* times; every run ends at the question and is resumed."""
    import importlib

    types = importlib.import_module(f"{lib.root}.types")
    saver = lib.InMemorySaver()
    numbers = itertools.count()

    def ask(state: Asked) -> dict[str, int]:
        return {"answers": state["answers"] + types.interrupt(state["answers"])}

    builder = lib.StateGraph(Asked).add_node("ask", coloured(ask, is_async))
    builder.add_edge(lib.START, "ask")
    builder.add_conditional_edges(
        "ask", lambda state: "ask" if state["answers"] < size else "__end__", ["ask", lib.END]
    )
    graph = builder.compile(checkpointer=saver)

    def config() -> dict[str, Any]:
        number = next(numbers)
        saver.delete_thread(f"t{number - 1}")
        return {"configurable": {"thread_id": f"t{number}"}}

    def call() -> Any:
        chosen = config()
        result = graph.invoke({"answers": 0}, chosen)
        while "__interrupt__" in result:
            result = graph.invoke(types.Command(resume=1), chosen)
        return result

    async def acall() -> Any:
        chosen = config()
        result = await graph.ainvoke({"answers": 0}, chosen)
        while "__interrupt__" in result:
            result = await graph.ainvoke(types.Command(resume=1), chosen)
        return result

    return Work(
        acall if is_async else call, size, lambda got: expect("result", got, {"answers": size})
    )


SCENARIOS = (
    *both(Scenario("react_agent_10", react, 10, "step", quick=False)),
    *both(Scenario("react_agent_100", react, 100, "step")),
    *both(Scenario("interrupt_resume_10", questions, 10, "turn")),
)
