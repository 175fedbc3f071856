"""LangChain's messages in the state, and its chat models in the `messages` stream."""
# pyright: basic, reportInvalidTypeForm=false, reportArgumentType=false, reportCallIssue=false, reportIndexIssue=false, reportOperatorIssue=false, reportTypedDictNotRequiredAccess=false
# mypy: disable-error-code="arg-type, call-arg, misc, type-arg, untyped-decorator, var-annotated"

from collections.abc import Iterator
from typing import Annotated, Any, TypedDict

from langchain_core.language_models.fake_chat_models import (
    FakeListChatModel,
    GenericFakeChatModel,
)
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
    ToolMessage,
)
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableConfig, RunnableLambda

from ._kit import chain
from ._oracle import Run, program, thread


class Talk(TypedDict):
    """A conversation without an id of its own."""

    messages: list[Any]


def replies(*texts: str) -> Iterator[AIMessage]:
    """Replies for a fake model, with ids that are the same each time."""
    return iter([AIMessage(text, id=f"ai-{n}") for n, text in enumerate(texts)])


def fake(*texts: str) -> GenericFakeChatModel:
    """A model that streams its replies word by word."""
    return GenericFakeChatModel(messages=replies(*texts))


def asker(run: Run, model: Any, **options: Any) -> Any:
    """A node that asks a model, on either face."""

    def ask(state: Any) -> Any:
        return {"messages": [model.invoke(state["messages"], **options)]}

    async def aask(state: Any) -> Any:
        return {"messages": [await model.ainvoke(state["messages"], **options)]}

    return ask if run.face == "sync" else aask


def hello() -> dict[str, Any]:
    """An input with one message."""
    return {"messages": [HumanMessage("hello", id="h-0")]}


@program
async def tokens(lib: Any, run: Run) -> None:
    """A model's tokens are streamed, and its message not again."""
    for version in ("v1", "v2"):
        for mode in ("messages", ["messages"], ["messages", "updates", "values"]):
            graph = chain(lib, lib.MessagesState, {"a": asker(run, fake("one two three"))})
            await run.stream(graph, hello(), stream_mode=mode, version=version)


@program
async def config_of_the_caller(lib: Any, run: Run) -> None:
    """Tags and metadata are told with every token."""
    graph = chain(
        lib,
        lib.MessagesState,
        {"a": asker(run, fake("one two").with_config(tags=["bound"], metadata={"b": 1}))},
        checkpointer=lib.InMemorySaver(),
    )
    config = {"tags": ["t"], "metadata": {"m": 1}, "configurable": {"thread_id": "1", "c": 1}}

    await run.stream(graph, hello(), config, stream_mode="messages")


@program
async def several_models_in_a_node(lib: Any, run: Run) -> None:
    """Each model of a node streams; what is not returned is streamed too."""
    first, second = fake("one two"), FakeListChatModel(responses=["ab"])

    def ask(state: Any) -> Any:
        first.invoke("x")
        return {"messages": [second.invoke("y")]}

    async def aask(state: Any) -> Any:
        await first.ainvoke("x")
        return {"messages": [await second.ainvoke("y")]}

    graph = chain(lib, lib.MessagesState, {"a": ask if run.face == "sync" else aask})

    await run.stream(graph, hello(), stream_mode="messages")


@program
async def no_stream_tag(lib: Any, run: Run) -> None:
    """A model tagged nostream is not streamed; what it says is, with the node's result."""
    model = fake("one two", "three four")
    quiet = model.with_config(tags=["nostream"])
    graph = chain(lib, lib.MessagesState, {"a": asker(run, quiet), "b": asker(run, model)})

    await run.stream(graph, hello(), stream_mode="messages")


@program
async def messages_that_nodes_return(lib: Any, run: Run) -> None:
    """Messages in results are streamed once, those of the input never."""

    def many(state: Any) -> Any:
        return {
            "messages": [
                *state["messages"],
                AIMessage("a", id="1"),
                ("human", "pair"),
                {"role": "ai", "content": "dict"},
                ToolMessage("r", tool_call_id="c", id="2"),
                RemoveMessage(id="h-0"),
            ],
        }

    def single(state: Any) -> Any:
        return {"messages": AIMessage("s", id="3")}

    def command(state: Any) -> Any:
        return lib.Command(update={"messages": [AIMessage("c", id="4"), AIMessage("c", id="1")]})

    def commands(state: Any) -> Any:
        update = lib.Command(update={"messages": AIMessage("d", id="5")})
        return [update, {"messages": [SystemMessage("e", id="6")]}]

    nodes = {"a": many, "b": single, "c": command, "d": commands}
    graph = chain(lib, lib.MessagesState, nodes)

    await run.stream(graph, hello(), stream_mode="messages")
    await run.stream(graph, hello(), stream_mode=["messages", "updates"], version="v2")
    await run.stream(chain(lib, Talk, {"b": single}), hello(), stream_mode="messages")


@program
async def subgraphs(lib: Any, run: Run) -> None:
    """Tokens of subgraphs come with their namespace, where subgraphs are wanted."""
    for options in ({}, {"subgraphs": True}, {"subgraphs": True, "version": "v2"}):
        model = fake("inner reply", "outer reply", "inner two", "outer two")
        inner = chain(lib, lib.MessagesState, {"i": asker(run, model)})
        graph = chain(lib, lib.MessagesState, {"a": inner, "b": asker(run, model)})

        await run.stream(graph, hello(), stream_mode="messages", **options)
        await run.stream(graph, hello(), stream_mode=["messages", "updates"], **options)


@program
async def inner_stream(lib: Any, run: Run) -> None:
    """A node that streams a graph of its own sees that graph's tokens."""
    inner = chain(lib, lib.MessagesState, {"i": asker(run, fake("one two", "three"))})

    def read(state: Any) -> Any:
        chunks = list(inner.stream(state, stream_mode="messages"))
        return {"messages": [AIMessage(str(len(chunks)), id="n")]}

    async def aread(state: Any) -> Any:
        chunks = [chunk async for chunk in inner.astream(state, stream_mode="messages")]
        return {"messages": [AIMessage(str(len(chunks)), id="n")]}

    graph = chain(lib, lib.MessagesState, {"a": read if run.face == "sync" else aread})

    await run.stream(graph, hello(), stream_mode="messages")


@program
async def sequences(lib: Any, run: Run) -> None:
    """A prompt and a model as a node, and a model in a chain that a node calls."""
    prompt = ChatPromptTemplate.from_messages(
        [("system", "be brief"), ("placeholder", "{messages}")]
    )
    model = fake("one two", "three four")
    wrap = RunnableLambda(lambda message: {"messages": [message]})
    graph = chain(lib, lib.MessagesState, {"a": prompt | model | wrap})

    await run.stream(graph, hello(), stream_mode=["messages", "values"])
    await run.invoke(graph, hello())


@program
async def streaming_inside_a_node(lib: Any, run: Run) -> None:
    """A node that streams its model itself."""
    model = fake("one two three")

    def ask(state: Any) -> Any:
        whole: Any = None
        for chunk in model.stream(state["messages"]):
            whole = chunk if whole is None else whole + chunk
        return {"messages": [whole]}

    async def aask(state: Any) -> Any:
        whole: Any = None
        async for chunk in model.astream(state["messages"]):
            whole = chunk if whole is None else whole + chunk
        return {"messages": [whole]}

    graph = chain(lib, lib.MessagesState, {"a": ask if run.face == "sync" else aask})

    await run.stream(graph, hello(), stream_mode=["messages", "values"])


@program(faces=("sync",))
async def config_that_is_handed_on(lib: Any, run: Run) -> None:
    """A node that gives its own config to the model streams it just the same."""
    model = fake("one two")

    def ask(state: Any, config: RunnableConfig) -> Any:
        return {"messages": [model.invoke(state["messages"], config)]}

    graph = chain(lib, lib.MessagesState, {"a": ask})

    await run.stream(graph, hello(), stream_mode="messages")


@program
async def pushed_messages(lib: Any, run: Run) -> None:
    """push_message streams at once, and writes."""

    def push(state: Any) -> Any:
        lib.push_message(AIMessage("pushed", id="p-1"))
        lib.push_message(HumanMessage("only shown", id="p-2"), state_key=None)
        run.attempt("no id", lambda: lib.push_message(AIMessage("x")))
        return {"messages": [AIMessage("returned", id="r-1")]}

    graph = chain(lib, lib.MessagesState, {"a": push})

    await run.stream(graph, hello(), stream_mode="messages")
    await run.stream(graph, hello(), stream_mode=["messages", "values"])


@program
async def tasks_of_entrypoints(lib: Any, run: Run) -> None:
    """A model in a task of the functional API streams."""
    model = fake("one two")

    if run.face == "sync":

        @lib.task
        def ask(text: str) -> Any:
            return model.invoke(text)

        @lib.entrypoint()
        def main(text: str) -> Any:
            return ask(text).result()
    else:

        @lib.task
        async def ask(text: str) -> Any:
            return await model.ainvoke(text)

        @lib.entrypoint()
        async def main(text: str) -> Any:
            return await ask(text)

    await run.stream(main, "q", stream_mode="messages")


@program
async def failing_model(lib: Any, run: Run) -> None:
    """Tokens that came before a failure are seen."""
    model = fake("one two")

    def ask(state: Any) -> Any:
        model.invoke("x")
        raise ValueError("no")

    async def aask(state: Any) -> Any:
        await model.ainvoke("x")
        raise ValueError("no")

    graph = chain(lib, lib.MessagesState, {"a": ask if run.face == "sync" else aask})

    await run.stream(graph, hello(), stream_mode="messages")


def _merges(lib: Any) -> Iterator[tuple[str, Any, Any]]:
    one, two = HumanMessage("1", id="1"), AIMessage("2", id="2")
    yield "append", [one], [two]
    yield "replace", [one, two], [AIMessage("new", id="1")]
    yield "single", one, two
    yield "text", [one], "text"
    yield "pair", [], ("user", "pair")
    yield "pairs", [("ai", "x")], [("user", "y"), "z"]
    yield (
        "dicts",
        [],
        [
            {"role": "assistant", "content": "x", "tool_calls": []},
            {"type": "human", "content": "c"},
        ],
    )
    yield "chunk", [one], AIMessageChunk("piece", id="3")
    yield "remove", [one, two], RemoveMessage(id="1")
    yield "remove all", [one, two], [AIMessage("x"), RemoveMessage(id="__remove_all__"), "after"]
    yield "remove unknown", [one], RemoveMessage(id="9")
    yield "unknown role", [], [{"role": "nobody", "content": "x"}]
    yield "no message", [], [3]
    yield "nothing", [], []


@program(faces=("sync",))
async def merging(lib: Any, run: Run) -> None:
    """add_messages with LangChain's messages."""
    for name, left, right in _merges(lib):
        merged = run.attempt(name, lambda left=left, right=right: lib.add_messages(left, right))
        run.note("kinds", [type(message).__module__.split(".")[0] for message in merged or ()])
    blocks = [{"type": "text", "text": "t"}, {"type": "image_url", "image_url": {"url": "u"}}]
    form = {"format": "langchain-openai"}
    run.attempt("form", lambda: lib.add_messages([HumanMessage(blocks, id="1")], ["x"], **form))
    run.attempt("bad form", lambda: lib.add_messages([], [], format="other"))


@program
async def saved(lib: Any, run: Run) -> None:
    """A saved conversation comes back as LangChain's messages."""
    call = {"name": "f", "args": {"x": 1}, "id": "c1"}

    def answer(state: Any) -> Any:
        usage = {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}
        return {
            "messages": [
                AIMessage("", id="1", tool_calls=[call], usage_metadata=usage),
                ToolMessage("r", tool_call_id="c1", id="2", artifact={"a": 1}),
            ]
        }

    graph = chain(lib, lib.MessagesState, {"a": answer}, checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"messages": "hello"}, thread())
    state = await run.state(graph, thread())
    run.note("kinds", [type(m).__module__ for m in state.values["messages"]])
    await run.update(graph, thread(), {"messages": [RemoveMessage(id="1")]})
    await run.invoke(graph, {"messages": [{"role": "user", "content": "more"}]}, thread())
    await run.history(graph, thread())


@program
async def other_keys(lib: Any, run: Run) -> None:
    """Any key may hold messages."""

    class Shown(TypedDict):
        talk: Annotated[list, lib.add_messages(format="langchain-openai")]
        other: Any

    graph = chain(
        lib,
        Shown,
        {
            "a": lambda s: {
                "talk": [("ai", [{"type": "text", "text": "t"}])],
                "other": AIMessage("o", id="o"),
            },
            "b": lambda s: {"other": [AIMessage("o", id="o"), AIMessage("p", id="p")]},
        },
    )

    await run.stream(graph, {"talk": "hi"}, stream_mode=["messages", "values"])
