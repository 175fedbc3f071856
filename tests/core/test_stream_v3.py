"""A run that is read: reading drives it, projections show it, leaving ends it."""

from __future__ import annotations

import asyncio
import operator
import sys
from typing import Annotated, Any, TypedDict

import pytest

from anystep.checkpoint.memory import InMemorySaver
from anystep.config import get_stream_writer
from anystep.graph import START, MessagesState, StateGraph
from anystep.messages import AIMessage, HumanMessage, ToolMessage
from anystep.stream import (
    CustomTransformer,
    GraphRunStream,
    ProtocolEvent,
    StreamChannel,
    StreamTransformer,
    UpdatesTransformer,
)
from anystep.stream._mux import StreamMux
from anystep.stream.chat_model import AsyncChatModelStream, ChatModelStream, message_to_events
from anystep.stream.transformers import MessagesTransformer
from anystep.types import Command, interrupt
from anystep.typing import RunnableConfig

pytestmark = pytest.mark.host

THREAD: RunnableConfig = {"configurable": {"thread_id": "t"}}


class Log(TypedDict):
    """What ran."""

    log: Annotated[list[Any], operator.add]


def chain(names: str, ran: list[str] | None = None, **options: Any) -> Any:
    """A graph of one node per letter, each of which appends its letter."""
    builder = StateGraph(Log)
    previous = START

    def node(name: str) -> Any:
        def appends(state: Log) -> dict[str, Any]:
            if ran is not None:
                ran.append(name)
            get_stream_writer()(name)
            return {"log": [name]}

        return appends

    for name in names:
        builder.add_node(name, node(name)).add_edge(previous, name)
        previous = name
    return builder.compile(**options)


def event(method: str, data: Any, *namespace: str) -> ProtocolEvent:
    """An event as a run makes it."""
    params: Any = {"namespace": list(namespace), "timestamp": 0, "data": data}
    return {"type": "event", "method": method, "params": params}


# -- reading drives ----------------------------------------------------------------------


def test_nothing_runs_before_somebody_reads() -> None:
    """Making a run runs nothing; each item asked for runs no more than it takes."""
    ran: list[str] = []
    run = chain("abc", ran).stream_events({"log": []}, version="v3")

    assert ran == []

    values = iter(run.values)
    next(values)

    assert ran == []
    assert next(values) == {"log": ["a"]}
    assert ran == ["a"]


async def test_nothing_runs_before_somebody_awaits() -> None:
    """The async face waits for its reader, too: at most one superstep is under way."""
    ran: list[str] = []
    run = await chain("abc", ran).astream_events({"log": []}, version="v3")
    values = aiter(run.values)

    assert ran == []
    assert await anext(values) == {"log": []}
    assert await anext(values) == {"log": ["a"]}
    assert "c" not in ran
    assert await run.output() == {"log": ["a", "b", "c"]}


def test_events_are_numbered_and_say_what_they_are() -> None:
    """Iterating a run gives its events, numbered from one without a gap."""
    with chain("ab").stream_events(
        {"log": []}, version="v3", transformers=[CustomTransformer]
    ) as run:
        events = list(run)

    assert [e.get("seq") for e in events] == list(range(1, len(events) + 1))
    assert [e["method"] for e in events] == ["values", "custom", "values", "custom", "values"]
    assert [e["params"]["data"] for e in events if e["method"] == "custom"] == ["a", "b"]


def test_output_drives_to_the_end() -> None:
    """Asking for the output runs everything, with nobody reading anything else."""
    run = chain("abc").stream_events({"log": []}, version="v3")

    assert isinstance(run, GraphRunStream)
    assert run.output == {"log": ["a", "b", "c"]}
    assert run.interrupted is False
    assert run.interrupts == []


def test_a_run_stops_to_ask_and_is_answered() -> None:
    """`interrupted` and `interrupts` say what was asked; the next run answers."""
    builder = StateGraph(Log).add_node("a", lambda _: {"log": [interrupt("why?")]})
    graph = builder.set_entry_point("a").compile(checkpointer=InMemorySaver())

    run = graph.stream_events({"log": []}, THREAD, version="v3")

    assert run.interrupted is True
    assert [one.value for one in run.interrupts] == ["why?"]
    assert graph.stream_events(Command(resume="so"), THREAD, version="v3").output == {"log": ["so"]}


# -- leaving ------------------------------------------------------------------------------


def test_leaving_a_run_runs_nothing_more() -> None:
    """After the `with` block no node runs, and channels have ended."""
    ran: list[str] = []
    graph = chain("abc", ran, checkpointer=InMemorySaver())
    with graph.stream_events({"log": []}, THREAD, version="v3") as run:
        values = iter(run.values)
        next(values)
        next(values)

    assert ran == ["a"]
    assert list(run.lifecycle) == []
    assert graph.get_state(THREAD).next == ("b",)
    assert graph.invoke(None, THREAD) == {"log": ["a", "b", "c"]}


async def test_abort_cancels_what_is_running() -> None:
    """A node that waits is cancelled, though another task is waiting for its event."""
    began, ended = asyncio.Event(), []

    async def waits(state: Log) -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    graph = StateGraph(Log).add_node("a", waits).set_entry_point("a").compile()
    run = await graph.astream_events({"log": []}, version="v3")

    async def read() -> list[Any]:
        return [value async for value in run.values]

    reader = asyncio.ensure_future(read())
    await began.wait()
    await run.abort()

    assert ended == ["cancelled"]
    assert await reader == [{"log": []}]


async def test_a_cancelled_reader_cancels_the_run() -> None:
    """Cancelling the task that pulls cancels what it waits for."""
    began, ended = asyncio.Event(), []

    async def waits(state: Log) -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cancelled")

    graph = StateGraph(Log).add_node("a", waits).set_entry_point("a").compile()
    run = await graph.astream_events({"log": []}, version="v3")
    task = asyncio.ensure_future(run.output())
    await began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await run.abort()

    assert ended == ["cancelled"]


# -- errors -------------------------------------------------------------------------------


def test_an_error_reaches_every_reader() -> None:
    """What a node raises is raised from each projection and from the output."""

    def breaks(state: Log) -> None:
        raise ValueError("boom")

    run = (StateGraph(Log).add_node("a", breaks).set_entry_point("a").compile()).stream_events(
        {"log": []}, version="v3"
    )

    with pytest.raises(ValueError, match="boom"):
        list(run.values)
    with pytest.raises(ValueError, match="boom"):
        list(run.messages)
    with pytest.raises(ValueError, match="boom"):
        assert run.output


def test_an_error_in_finalize_is_raised() -> None:
    """A transformer that cannot finish says so to whoever ends the run, once."""

    class Bad(StreamTransformer):
        def init(self) -> dict[str, Any]:
            return {}

        def process(self, event: ProtocolEvent) -> bool:
            return True

        def finalize(self) -> None:
            raise OSError("full")

    run = chain("a").stream_events({"log": []}, version="v3", transformers=[Bad])

    with pytest.raises(OSError, match="full"):
        assert run.output
    assert run.output == {"log": ["a"]}


async def test_scheduled_work_may_fail_the_run() -> None:
    """With on_error="raise" the run ends with the error of what was scheduled."""

    class Checks(StreamTransformer):
        requires_async = True

        def init(self) -> dict[str, Any]:
            return {}

        def process(self, event: ProtocolEvent) -> bool:
            if event["params"]["data"] == {"log": ["a"]}:
                self.schedule(self.check(), on_error="raise")
            return True

        async def check(self) -> None:
            raise OSError("refused")

    run = await chain("a").astream_events({"log": []}, version="v3", transformers=[Checks])
    with pytest.raises(OSError, match="refused"):
        await run.output()
    with pytest.raises(OSError, match="refused"):
        await run.output()


@pytest.mark.parametrize("version", ["v1", "v2", "v4"])
def test_other_versions_are_refused(version: Any) -> None:
    """The sync face has version v3 alone."""
    with pytest.raises(NotImplementedError, match="v3"):
        chain("a").stream_events({"log": []}, version=version)


# -- channels ------------------------------------------------------------------------------


def test_a_channel_drops_what_nobody_reads() -> None:
    """What is pushed before the reader has come is not kept."""
    channel: StreamChannel[int] = StreamChannel()
    mux = StreamMux([_Holds(channel)])
    channel.push(1)
    reader = iter(channel)
    channel.push(2)
    mux.close()

    assert list(reader) == [2]


def test_a_channel_refuses_what_it_cannot_do() -> None:
    """No size below one, no reading before a run, no second reader, no pushing after the end."""
    channel: StreamChannel[int] = StreamChannel()
    with pytest.raises(ValueError, match="positive int"):
        StreamChannel(maxlen=0)
    with pytest.raises(TypeError, match="has not been bound"):
        iter(channel)
    mux = StreamMux([_Holds(channel)])
    with pytest.raises(TypeError, match="bound to sync mode"):
        aiter(channel)
    iter(channel)
    with pytest.raises(RuntimeError, match="already has a subscriber"):
        iter(channel)
    mux.close()
    with pytest.raises(RuntimeError, match="closed"):
        channel.push(1)
    with pytest.raises(RuntimeError, match="already bound"):
        StreamMux([_Holds(channel)])


class _Holds(StreamTransformer):
    """A transformer with one channel."""

    def __init__(self, channel: StreamChannel[Any]) -> None:
        super().__init__()
        self.channel = channel

    def init(self) -> dict[str, Any]:
        return {"held": self.channel}

    def process(self, event: ProtocolEvent) -> bool:
        self.channel.push(event["params"]["data"])
        return True


def test_a_mux_without_factories_has_no_children() -> None:
    """Transformers that are there already cannot serve a subgraph."""
    with pytest.raises(RuntimeError, match="factories"):
        StreamMux([_Holds(StreamChannel())])._make_child(("a:1",))


# -- messages -------------------------------------------------------------------------------


def test_messages_of_nodes() -> None:
    """Each message a node returns is one stream, an answer of a tool is none."""
    said = [
        AIMessage("one", id="1"),
        ToolMessage("x", tool_call_id="c", id="2"),
        HumanMessage("3", id="3"),
    ]
    graph = StateGraph(MessagesState).add_node("a", lambda _: {"messages": said})
    run = graph.set_entry_point("a").compile().stream_events({"messages": []}, version="v3")

    assert [(m.message_id, str(m.text), m.node) for m in run.messages] == [
        ("1", "one", "a"),
        ("3", "3", "a"),
    ]
    assert "langchain_core" in sys.modules or isinstance(run.messages, StreamChannel)


def pieces() -> list[dict[str, Any]]:
    """The events of a message that comes in pieces: text, a call, reasoning."""
    start: dict[str, Any] = {"event": "message-start", "role": "ai", "id": "m"}
    call = {"type": "tool_call_chunk", "id": "c1", "name": "add", "args": "", "index": 1}
    delta = "content-block-delta"
    return [
        {**start, "metadata": {"provider": "p", "model": "m-1"}},
        {"event": "content-block-start", "index": 0, "content": {"type": "text", "text": ""}},
        {"event": delta, "index": 0, "delta": {"type": "text-delta", "text": "one "}},
        {"event": "content-block-start", "index": 1, "content": call},
        {"event": delta, "index": 1, "delta": {"type": "tool-call-delta", "args": '{"a"'}},
        {"event": delta, "index": 0, "delta": {"type": "text-delta", "text": "two"}},
        {"event": delta, "index": 1, "delta": {"type": "tool-call-delta", "args": ": 1}"}},
        {"event": delta, "index": 2, "delta": {"type": "reasoning-delta", "reasoning": "hm"}},
        {"event": "content-block-finish", "index": 0, "content": {"type": "text", "text": ""}},
        {"event": "content-block-finish", "index": 2, "content": {"type": "reasoning"}},
        {"event": "unheard-of"},
        {
            "event": "message-finish",
            "usage": {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3},
            "metadata": {"finish_reason": "stop"},
        },
    ]


def test_a_message_in_pieces_is_put_together() -> None:
    """Text, reasoning, calls, usage and metadata end up where a whole message has them."""
    stream = ChatModelStream(node="n")
    for one in pieces():
        stream.dispatch(one)

    assert list(stream.text) == ["one ", "two"]
    assert str(stream.text) == "one two"
    assert list(stream.reasoning) == ["hm"]
    assert [piece["args"] for piece in stream.tool_calls] == ['{"a"', ": 1}"]
    assert stream.tool_calls.get() == [
        {"type": "tool_call", "id": "c1", "name": "add", "args": {"a": 1}}
    ]
    message = stream.output
    assert message.id == "m"
    assert message.tool_calls[0]["args"] == {"a": 1}
    assert message.usage_metadata == {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}
    assert message.response_metadata == {
        "model_provider": "p",
        "model_name": "m-1",
        "finish_reason": "stop",
        "output_version": "v1",
    }


def test_a_call_that_cannot_be_read_is_an_invalid_one() -> None:
    """Arguments that are no JSON are kept as they came."""
    stream = ChatModelStream()
    for one in pieces()[:5]:
        stream.dispatch(one)
    stream.dispatch({"event": "message-finish"})

    assert stream.output.tool_calls == []
    assert stream.output.invalid_tool_calls[0]["args"] == '{"a"'


async def test_a_message_is_awaited_while_it_comes() -> None:
    """Readers without a run wait for whoever dispatches."""
    stream = AsyncChatModelStream()

    async def read() -> list[str]:
        return [piece async for piece in stream.text]

    reading, whole = asyncio.ensure_future(read()), asyncio.ensure_future(_awaited(stream))
    for one in pieces():
        await asyncio.sleep(0)
        stream.dispatch(one)

    assert await reading == ["one ", "two"]
    assert (await whole).id == "m"
    assert len([one async for one in stream]) == len(pieces())


async def _awaited(stream: AsyncChatModelStream) -> AIMessage:
    return await stream


def test_an_error_event_fails_the_message() -> None:
    """Reading on raises what the model said."""
    stream = ChatModelStream()
    stream.dispatch({"event": "error", "message": "overloaded"})

    with pytest.raises(RuntimeError, match="overloaded"):
        list(stream.text)
    with pytest.raises(RuntimeError, match="overloaded"):
        repr(stream.output)


@pytest.mark.parametrize(
    "hostile",
    [
        {},
        {"event": "content-block-start", "index": "0", "content": []},
        {"event": "content-block-delta", "index": 0, "delta": {"type": "text-delta", "text": 3}},
        {"event": "content-block-delta", "index": 7, "delta": {"type": "tool-call-delta"}},
        {"event": "content-block-finish", "index": 0, "content": {"type": "unheard-of"}},
        {"event": "content-block-delta", "index": 0, "delta": None},
    ],
)
def test_events_that_mean_nothing_change_nothing(hostile: Any) -> None:
    """What a model's wire brings is taken as far as it can be read."""
    stream = ChatModelStream()
    stream.dispatch(hostile)
    for one in message_to_events(AIMessage("well", id="w")):
        stream.dispatch(one)

    assert str(stream.text) == "well"
    assert stream.output.content == [{"type": "text", "text": "well", "index": 0}]


def test_models_runs_are_told_apart() -> None:
    """Events of two models that talk at once make two messages; a tool's make none."""
    transformer = MessagesTransformer()
    mux = StreamMux([transformer])
    mux.bind_pump(lambda: False)
    reader = iter(mux.extensions["messages"])
    first, second = (list(message_to_events(AIMessage(w, id=w))) for w in ("one", "two"))
    tool = [{**first[0], "role": "tool"}, *first[1:]]
    for events in zip(first, second, tool, strict=True):
        for run_id, data in zip("abc", events, strict=True):
            mux.push(event("messages", (data, {"run_id": run_id})))

    assert [str(stream.text) for stream in reader] == ["one", "two"]


# -- subgraphs -------------------------------------------------------------------------------


def outer(inner: Any, **options: Any) -> Any:
    """A graph whose second node is a graph."""
    builder = StateGraph(Log).add_node("first", lambda _: {"log": ["first"]}).add_node("sub", inner)
    return builder.add_edge(START, "first").add_edge("first", "sub").compile(**options)


def test_a_subgraph_is_a_run_of_its_own() -> None:
    """Its values, updates and output are its own; reading them drives the whole run."""
    run = outer(chain("ab")).stream_events(
        {"log": []}, version="v3", transformers=[UpdatesTransformer]
    )
    seen: list[Any] = []
    for sub in run.subgraphs:
        seen.append((sub.graph_name, sub.status, [list(u) for u in sub.updates]))
        seen.append((sub.status, sub.output))

    assert seen == [
        ("sub", "started", [["a"], ["b"]]),
        ("completed", {"log": ["first", "a", "b"]}),
    ]
    assert run.output == {"log": ["first", "first", "a", "b"]}


async def test_a_subgraph_is_read_while_the_run_is() -> None:
    """Two tasks read a run and its subgraph; both see all of theirs."""
    run = await outer(chain("ab")).astream_events({"log": []}, version="v3")

    async def below() -> list[Any]:
        return [[v["log"][-1] async for v in sub.values] async for sub in run.subgraphs]

    async def above() -> list[Any]:
        return [payload["event"] async for payload in run.lifecycle]

    inside, around = await asyncio.gather(below(), above())

    assert inside == [["a", "b"]]
    assert around == ["started", "completed"]
