"""Agents' hooks, states, memory, interrupts and streams."""
# pyright: basic, reportInvalidTypeForm=false, reportArgumentType=false, reportCallIssue=false, reportIndexIssue=false, reportOperatorIssue=false, reportTypedDictNotRequiredAccess=false
# mypy: disable-error-code="arg-type, call-arg, misc, type-arg, untyped-decorator, var-annotated, attr-defined, name-defined, valid-type"

from typing import Annotated, Any, TypedDict

from langchain_core.messages import (
    AIMessage,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
    ToolMessage,
)
from langchain_core.tools import tool

from ._chat import ToolModel, calls
from ._kit import edges
from ._oracle import Run, program, thread
from .area_agents import Weather, add, hello, plain, seen


@program
async def before_the_model(lib: Any, run: Run) -> None:
    """A hook says what the model gets, or rewrites the messages themselves."""
    everything = lib.REMOVE_ALL_MESSAGES

    def instead(state: Any) -> Any:
        return {"llm_input_messages": [SystemMessage("S"), *state["messages"][-1:]]}

    def rewritten(state: Any) -> Any:
        kept = [HumanMessage(f"{len(state['messages'])}", id="k")]
        return {"messages": [RemoveMessage(id=everything), *kept]}

    def empty(state: Any) -> Any:
        return {"llm_input_messages": []}

    def unknown(state: Any) -> Any:
        return {"other": 1}

    def nothing(state: Any) -> Any:
        return None

    for hook in (instead, rewritten, empty, unknown, nothing):
        for version in ("v1", "v2"):
            model = ToolModel(calls(("plain", {"x": 1})), "end")
            agent = lib.create_react_agent(
                model, [plain], pre_model_hook=hook, prompt="P", version=version
            )
            run.note("edges", edges(agent))
            await run.invoke(agent, hello())
            await run.stream(agent, hello(), stream_mode="updates")
            await run.stream(agent, hello(), stream_mode="values")
            seen(run, model)


@program(parallel=True)
async def after_the_model(lib: Any, run: Run) -> None:
    """A hook sees each answer of the model; tools that it has answered are not run."""

    def looks(state: Any) -> Any:
        return {"messages": [HumanMessage(f"seen {len(state['messages'])}", id="seen")]}

    def answers(state: Any) -> Any:
        last = state["messages"][-1]
        return {
            "messages": [
                ToolMessage("by hook", tool_call_id=call["id"], name=call["name"], id="by-hook")
                for call in getattr(last, "tool_calls", ())
                if call["name"] == "plain"
            ]
        }

    def nothing(state: Any) -> Any:
        return None

    for hook in (looks, answers, nothing):
        for wanted in (
            [("add", {"a": 1, "b": 2})],
            [("plain", {"x": 1})],
            [("add", {"a": 1, "b": 2}), ("plain", {"x": 1})],
        ):
            for options in ({}, {"pre_model_hook": nothing}, {"response_format": Weather}):
                model = ToolModel(calls(*wanted), "end", structured={"city": "Oslo"})
                agent = lib.create_react_agent(model, [add, plain], post_model_hook=hook, **options)
                run.note("edges", edges(agent))
                await run.invoke(agent, hello())
                seen(run, model)
    model = ToolModel(calls(("add", {"a": 1, "b": 2})), "end")
    agent = lib.create_react_agent(model, [add], post_model_hook=looks, version="v1")
    await run.invoke(agent, hello())
    await run.stream(agent, hello(), stream_mode="updates")


@program
async def state_schemas(lib: Any, run: Run) -> None:
    """A state of one's own: TypedDict, pydantic's model, dataclass; keys that it must have."""

    class Typed(lib.AgentState):
        mood: str

    class Modelled(lib.AgentStatePydantic):
        mood: str = "so"

    class Formed(lib.AgentStateWithStructuredResponsePydantic):
        mood: str = "so"
        structured_response: Any = None

    class TooSmall(TypedDict):
        messages: Annotated[list, lib.add_messages]

    def prompt(state: Any) -> Any:
        found = state if isinstance(state, dict) else vars(state)
        return [SystemMessage(f"{sorted(found)} {found['mood']}"), *found["messages"]]

    for schema, options in (
        (Typed, {}),
        (Modelled, {}),
        (Modelled, {"pre_model_hook": lambda s: {"llm_input_messages": s.messages[:1]}}),
        (Typed, {"pre_model_hook": lambda s: {"llm_input_messages": s["messages"][:1]}}),
        (Formed, {"response_format": Weather}),
        (Modelled, {"response_format": Weather}),
        (TooSmall, {}),
        (lib.MessagesState, {"response_format": Weather}),
    ):
        model = ToolModel(calls(("plain", {"x": 1})), "end", structured={"city": "Oslo"})
        made: list[Any] = []

        def make(made: Any = made, m: Any = model, s: Any = schema, o: Any = options) -> Any:
            made.append(lib.create_react_agent(m, [plain], state_schema=s, prompt=prompt, **o))

        try:
            make()
        except ValueError as error:
            run.note("refused", sorted(str(error).replace("{", "").replace("}", "").split()))
        for agent in made:
            run.note("channels", sorted(agent.get_input_jsonschema()["properties"]))
            await run.invoke(agent, {**hello(), "mood": "good"})
            await run.stream(agent, {**hello(), "mood": "good"}, stream_mode="updates")
            seen(run, model)


@program
async def histories(lib: Any, run: Run) -> None:
    """A conversation has to have an answer for each call of a tool; other inputs are refused."""
    call = {"name": "add", "args": {"a": 1, "b": 2}, "id": "x", "type": "tool_call"}
    asked = AIMessage("", tool_calls=[call, {**call, "id": "y"}], id="a")
    for messages in (
        [HumanMessage("hi", id="h"), asked],
        [asked, ToolMessage("1", tool_call_id="x", id="t")],
        [asked, *(ToolMessage("1", tool_call_id=i, id=i) for i in "xy")],
        [("user", "hi")],
        "hi",
        [],
        None,
    ):
        agent = lib.create_react_agent(ToolModel("ok"), [add])
        await run.invoke(agent, {"messages": messages})
    agent = lib.create_react_agent(ToolModel("ok"), [add])
    await run.invoke(agent, {})
    await run.invoke(agent, {"other": 1})
    await run.invoke(agent, None)


@program
async def refused(lib: Any, run: Run) -> None:
    """Options that are none."""
    model = ToolModel("ok")
    for label, options in (
        ("version", {"version": "v3"}),
        ("unknown", {"foo": 1}),
        ("before", {"interrupt_before": ["nope"]}),
        ("context", {"config_schema": Weather}),
        ("contexts", {"config_schema": Weather, "context_schema": None}),
    ):
        run.attempt(
            label, lambda o=options: lib.create_react_agent(model, [add], **o).context_schema
        )
    run.attempt("alias", lambda: lib.create_tool_calling_executor(model, [add]).name)


@program(parallel=True)
async def failing_tools(lib: Any, run: Run) -> None:
    """Errors of tools end an agent, unless its node handles them; bad arguments are told."""
    for wanted in (
        ("add", {"a": 0, "b": 1}),
        ("add", {"a": "x"}),
        ("nope", {}),
    ):
        for version in ("v1", "v2"):
            for tools in ([add], lib.ToolNode([add], handle_tool_errors=True)):
                model = ToolModel(calls(wanted), "end")
                agent = lib.create_react_agent(model, tools, version=version)
                await run.invoke(agent, hello())
    await run.invoke(lib.create_react_agent(ToolModel(ValueError("m")), [add]), hello())


@program
async def memory(lib: Any, run: Run) -> None:
    """With a saver an agent remembers; threads can be looked at and stopped before nodes."""
    for version in ("v1", "v2"):
        model = ToolModel(calls(("plain", {"x": 1})), "one", "two")
        agent = lib.create_react_agent(
            model, [plain], checkpointer=lib.InMemorySaver(), version=version
        )
        await run.invoke(agent, hello(), thread())
        await run.invoke(agent, {"messages": [HumanMessage("more", id="h2")]}, thread())
        await run.state(agent, thread())
        # No history: LangGraph saves a tool's message before or after it has its id.
        seen(run, model)
        for options in (
            {"interrupt_before": ["tools"]},
            {"interrupt_after": ["agent"]},
            {"interrupt_before": ["agent"]},
            {"interrupt_after": ["tools"]},
        ):
            agent = lib.create_react_agent(
                ToolModel(calls(("plain", {"x": 1})), "one"),
                [plain],
                checkpointer=lib.InMemorySaver(),
                version=version,
                **options,
            )
            await run.invoke(agent, hello(), thread())
            await run.state(agent, thread())
            for _ in range(3):
                await run.invoke(agent, None, thread())


@program(parallel=True)
async def questions(lib: Any, run: Run) -> None:
    """A tool may stop the agent to ask; the answer goes on with it."""

    @tool
    def book(place: str) -> str:
        """Book a room."""
        answer = lib.interrupt({"book": place})
        return f"booked {place}: {answer}"

    for version in ("v1", "v2"):
        model = ToolModel(calls(("book", {"place": "A"}), ("plain", {"x": 1})), "end")
        agent = lib.create_react_agent(
            model, [book, plain], checkpointer=lib.InMemorySaver(), version=version
        )
        await run.invoke(agent, hello(), thread())
        await run.state(agent, thread())
        await run.invoke(agent, lib.Command(resume="yes"), thread())
        await run.state(agent, thread())
        seen(run, model)

    def ask(state: Any) -> Any:
        return {"messages": [HumanMessage(lib.interrupt("sure?"), id="said")]}

    model = ToolModel(calls(("plain", {"x": 1})), "end")
    agent = lib.create_react_agent(
        model, [plain], post_model_hook=ask, checkpointer=lib.InMemorySaver()
    )
    await run.invoke(agent, hello(), thread())
    await run.invoke(agent, lib.Command(resume="yes"), thread())
    await run.invoke(agent, lib.Command(resume="again"), thread())
