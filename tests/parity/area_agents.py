"""`create_react_agent`: its loop, prompts, hooks, models, schemas and errors."""
# pyright: basic, reportAttributeAccessIssue=false, reportInvalidTypeForm=false, reportArgumentType=false, reportCallIssue=false, reportIndexIssue=false, reportOperatorIssue=false, reportTypedDictNotRequiredAccess=false
# mypy: disable-error-code="arg-type, call-arg, misc, type-arg, untyped-decorator, var-annotated, attr-defined"

from typing import Any, TypedDict

from langchain_core.messages import (
    AIMessage,
    HumanMessage,
    SystemMessage,
)
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableConfig, RunnableLambda
from langchain_core.tools import tool
from pydantic import BaseModel

from ._chat import ToolModel, calls
from ._kit import edges
from ._oracle import Run, program


@tool
def add(a: int, b: int) -> int:
    """Add."""
    if a == 0:
        raise ValueError("zero")
    return a + b


@tool(return_direct=True)
def direct(x: int) -> str:
    """Ends the agent."""
    return f"direct {x}"


def plain(x: int) -> str:
    """A plain function."""
    return f"plain {x}"


class Weather(BaseModel):
    """An answer in a form."""

    city: str
    degrees: int


def hello(text: str = "hi") -> dict[str, Any]:
    """An input with one message."""
    return {"messages": [HumanMessage(text, id="h")]}


def seen(run: Run, model: Any) -> None:
    """Write down what the model has been asked, and forget it."""
    run.note("asked", list(model.asked))
    model.asked.clear()


@program(parallel=True)
async def the_loop(lib: Any, run: Run) -> None:
    """A model calls tools until it has an answer, in both versions."""
    for version in ("v1", "v2"):
        model = ToolModel(
            calls(("add", {"a": 1, "b": 2}), ("plain", {"x": 3})),
            calls(("add", {"a": 3, "b": 4})),
            "seven",
        )
        agent = lib.create_react_agent(model, [add, plain], version=version, name="bob")
        run.note("name", agent.name)
        run.note("edges", edges(agent))
        await run.invoke(agent, hello())
        seen(run, model)
        await run.stream(agent, hello(), stream_mode="updates")
        await run.stream(agent, hello(), stream_mode="values")
        await run.stream(agent, hello(), stream_mode="debug")
        await run.stream(agent, hello(), stream_mode="tasks")


@program
async def no_tools(lib: Any, run: Run) -> None:
    """Without tools an agent is one call of its model, with or without hooks around it."""
    for options in (
        {},
        {"prompt": "Be brief."},
        {"pre_model_hook": lambda s: {"llm_input_messages": [HumanMessage("other", id="o")]}},
        {"post_model_hook": lambda s: {"messages": [AIMessage("after", id="after")]}},
        {"response_format": Weather},
        {"response_format": Weather, "post_model_hook": lambda s: {}},
    ):
        model = ToolModel("hello", structured=Weather(city="Oslo", degrees=1))
        agent = lib.create_react_agent(model, [], **options)
        run.note("edges", edges(agent))
        await run.invoke(agent, hello())
        await run.stream(agent, hello(), stream_mode="updates")
        seen(run, model)


@program
async def prompts(lib: Any, run: Run) -> None:
    """Text, a system message, a function, a coroutine function, a template, a Runnable."""

    def function(state: Any) -> Any:
        return [SystemMessage(f"{sorted(state)}"), *state["messages"]]

    async def coroutine(state: Any) -> Any:
        return [SystemMessage("async"), *state["messages"]]

    def more(state: Any, config: RunnableConfig, *, store: lib.BaseStore, runtime: Any) -> Any:
        about = f"{sorted(config['metadata'])} {store is None} {type(runtime).__name__}"
        return [SystemMessage(about)]

    class Called:
        def __call__(self, state: Any) -> Any:
            return "text alone"

    template = ChatPromptTemplate([("system", "T"), ("placeholder", "{messages}")])
    for prompt in (
        None,
        "text",
        SystemMessage("message", name="s"),
        function,
        coroutine,
        more,
        Called(),
        template,
        RunnableLambda(function),
        template | RunnableLambda(lambda value: value.to_messages()),
    ):
        model = ToolModel(calls(("add", {"a": 1, "b": 2})), "three")
        agent = lib.create_react_agent(model, [add], prompt=prompt)
        await run.invoke(agent, hello())
        seen(run, model)
    run.attempt("bad", lambda: lib.create_react_agent(ToolModel("x"), [], prompt=1))


@program(parallel=True)
async def dynamic_models(lib: Any, run: Run) -> None:
    """A function chooses the model, from state and runtime; one may be a coroutine function."""

    class Context(TypedDict):
        which: str

    class Choose:
        def __init__(self, model: Any) -> None:
            self.model = model

        def __call__(self, state: Any, runtime: Any) -> Any:
            return self.model.bind_tools([add])

    for version in ("v1", "v2"):
        first, second = ToolModel("first"), ToolModel(calls(("add", {"a": 1, "b": 2})), "second")

        def choose(state: Any, runtime: Any, first: Any = first, second: Any = second) -> Any:
            found = {"first": first, "second": second}[runtime.context["which"]]
            run.note("state", sorted(state))
            return found.bind_tools([add])

        async def achoose(state: Any, runtime: Any, choose: Any = choose) -> Any:
            return choose(state, runtime)

        for function in (choose, achoose):
            agent = lib.create_react_agent(
                function, [add], context_schema=Context, prompt="P", version=version
            )
            for which in ("first", "second"):
                await run.invoke(agent, hello(), context={"which": which})
            seen(run, second)
    model = ToolModel(calls(("add", {"a": 1, "b": 2})), "called")
    await run.invoke(lib.create_react_agent(Choose(model), [add]), hello())
    await run.invoke(lib.create_react_agent(lambda s, r: 1 / 0, [add]), hello())
    await run.invoke(lib.create_react_agent(lambda s, r: model, [add]), {"messages": []})


@program
async def dynamic_models_with_a_form(lib: Any, run: Run) -> None:
    """The model that is chosen gives the structured response as well."""
    model = ToolModel("x", structured={"city": "Oslo"})

    async def achoose(state: Any, runtime: Any) -> Any:
        return model.bind_tools([add])

    for choose in (lambda state, runtime: model, achoose):
        agent = lib.create_react_agent(choose, [add], response_format=("say it", Weather))
        await run.invoke(agent, hello())
        seen(run, model)


@program
async def bound_before(lib: Any, run: Run) -> None:
    """A model that comes with tools has to have those of the agent."""
    model = ToolModel("x")
    builtin = {"type": "web_search"}
    anthropic = model.bind(tools=[{"name": "add", "input_schema": {}}])
    for bound, tools in (
        (model.bind_tools([add]), [add]),
        (model.bind_tools([add]), [add, plain]),
        (model.bind_tools([plain]), [add]),
        (model.bind_tools([]), []),
        (model.bind(stop=["x"]), [add]),
        (model.bind(stop=["x"]), []),
        (anthropic, [add]),
        (model.bind_tools([add, builtin]), [add, builtin]),
        (model, [add, builtin]),
        (model, [builtin]),
        (RunnableLambda(lambda x: x) | model.bind_tools([add]), [add]),
        (RunnableLambda(lambda x: x) | model, []),
        (RunnableLambda(lambda x: x) | model, [add]),
    ):
        made: list[Any] = []
        run.attempt("made", lambda m=bound, t=tools, k=made: k.append(lib.create_react_agent(m, t)))
        for agent in made:
            run.note("nodes", sorted(agent.nodes))
            await run.invoke(agent, hello())


@program
async def steps_left(lib: Any, run: Run) -> None:
    """Near the recursion limit an agent says that it needs more steps, and ends."""
    for version in ("v1", "v2"):
        for limit in (1, 2, 3, 4, 5):
            for name, args in (("add", {"a": 1, "b": 2}), ("direct", {"x": 1})):
                model = ToolModel(calls((name, args)))
                agent = lib.create_react_agent(model, [add, direct], version=version, name="n")
                await run.invoke(agent, hello(), {"recursion_limit": limit})
                hook = lib.create_react_agent(
                    model, [add, direct], version=version, pre_model_hook=lambda s: {}
                )
                await run.invoke(hook, hello(), {"recursion_limit": limit})


@program(parallel=True)
async def returned_directly(lib: Any, run: Run) -> None:
    """A tool that returns directly ends the agent, beside others too."""
    for version in ("v1", "v2"):
        for wanted in (
            [("direct", {"x": 1})],
            [("direct", {"x": 1}), ("add", {"a": 1, "b": 2})],
            [("add", {"a": 1, "b": 2}), ("direct", {"x": 1})],
            [("add", {"a": 1, "b": 2})],
            [("direct", {"x": "bad"})],
        ):
            model = ToolModel(calls(*wanted), "end")
            agent = lib.create_react_agent(model, [add, direct], version=version)
            run.note("edges", edges(agent))
            await run.invoke(agent, hello())


@program
async def structured_responses(lib: Any, run: Run) -> None:
    """The model is asked once more, for data, with a prompt of its own or without."""

    class Typed(TypedDict):
        city: str

    schema = {"title": "City", "type": "object", "properties": {"city": {"type": "string"}}}
    for form in (Weather, Typed, schema, ("in short", Weather)):
        for options in ({}, {"post_model_hook": lambda s: {}}, {"pre_model_hook": lambda s: {}}):
            model = ToolModel(
                calls(("add", {"a": 1, "b": 2})), "three", structured={"city": "Oslo"}
            )
            agent = lib.create_react_agent(
                model, [add], response_format=form, prompt="P", **options
            )
            run.note("edges", edges(agent))
            await run.invoke(agent, hello())
            await run.stream(agent, hello(), stream_mode="updates")
            seen(run, model)
    await run.invoke(
        lib.create_react_agent(
            RunnableLambda(lambda x: AIMessage("x", id="x")), [], response_format=Weather
        ),
        hello(),
    )
