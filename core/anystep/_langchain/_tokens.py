"""The `messages` stream of LangChain's chat models: a callback handler that posts tokens."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any, Final

from . import module

_NOSTREAM: Final = "nostream"
_PUSH: Final = "__pregel_push"


def message_handlers(streams: Collection[Any], ns: Any) -> list[Any]:
    """A handler for each stream that a run itself brings and that wants messages.

    `ns()` is the namespace of the run; it is asked for when the first token comes.
    """
    wanted = [stream for stream in streams if "messages" in stream.modes]
    if not wanted:
        return []
    base, streaming = module("callbacks.base"), module("tracers._streaming")
    return [_handler_class(base, streaming, stream.blocks)(stream, ns) for stream in wanted]


def namespace_in(metadata: Mapping[str, Any]) -> tuple[str, ...]:
    """The namespace of the graph in which a task with this metadata runs.

    A task's own is one level deeper, and so is that of each task that it calls.
    """
    ns = tuple(str(metadata["langgraph_checkpoint_ns"]).split("|"))
    path: Any = metadata.get("langgraph_path", ())
    depth = 1
    while len(path) == 4 and path[0] == _PUSH and path[-1] is True:
        depth += 1
        path = path[1]
    return ns[:-depth]


@lru_cache(maxsize=2)
def _handler_class(base: Any, streaming: Any, blocks: bool) -> type[Any]:
    """The handler's class, made when langchain_core is there to derive it from.

    `blocks`: it takes messages in content blocks, as `stream_events(version="v3")` has them.
    """
    bases: list[Any] = [base.BaseCallbackHandler, streaming._StreamingCallbackHandler]
    if blocks:
        bases.append(streaming._V2StreamingCallbackHandler)
    members = {k: v for k, v in vars(_Tokens).items() if k not in ("__dict__", "__weakref__")}
    if blocks:
        members |= {"on_llm_new_token": _Tokens.ignore, "on_stream_event": _Tokens.on_block}
    return type("MessagesHandler", tuple(bases), members)


class _Tokens:
    """The members of the handler."""

    streams_messages = True
    run_inline = True  # in the model's own thread: tokens keep their order

    def __init__(self, stream: Any, ns: Any) -> None:
        self.stream = stream
        self.ns = ns
        self.calls: dict[Any, tuple[tuple[str, ...], dict[str, Any]]] = {}
        self.in_blocks: set[Any] = set()

    def tap_output_aiter(self, run_id: Any, output: Any) -> Any:
        """Leaves an output alone: only models' tokens count."""
        return output

    def tap_output_iter(self, run_id: Any, output: Any) -> Any:
        """Leaves an output alone: only models' tokens count."""
        return output

    def on_chat_model_start(
        self,
        serialized: Any,
        messages: Any,
        *,
        run_id: Any,
        tags: list[str] | None = None,
        metadata: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> Any:
        if not metadata or "langgraph_checkpoint_ns" not in metadata or _NOSTREAM in (tags or ()):
            return
        ns = namespace_in(metadata)
        if ns and not self.stream.subgraphs and ns != self.ns():
            return
        shown = [tag for tag in tags or () if not tag.startswith("seq:step")]
        if shown:
            metadata["tags"] = shown
        self.calls[run_id] = (ns, metadata)

    def on_llm_new_token(self, token: Any, *, run_id: Any, chunk: Any = None, **kwargs: Any) -> Any:
        call = self.calls.get(run_id)
        message = getattr(chunk, "message", None)
        if call is not None and message is not None:
            self.post(call, message)

    def on_llm_end(self, response: Any, *, run_id: Any, **kwargs: Any) -> Any:
        call = self.calls.pop(run_id, None)
        if call is None or not (response.generations and response.generations[0]):
            return
        message = getattr(response.generations[0][0], "message", None)
        if message is None:
            return
        if run_id in self.in_blocks:
            self.in_blocks.discard(run_id)
            self.stream.seen.add(message.id)
        elif message.id is None or message.id not in self.stream.seen:
            self.post(call, message)

    def on_llm_error(self, error: BaseException, *, run_id: Any, **kwargs: Any) -> Any:
        self.calls.pop(run_id, None)
        self.in_blocks.discard(run_id)

    def ignore(self, *args: Any, **kwargs: Any) -> Any:
        """For tokens of a model whose messages come in blocks."""

    def on_block(self, event: Any, *, run_id: Any, **kwargs: Any) -> Any:
        """A piece of a message in content blocks."""
        call = self.calls.get(run_id)
        if call is None:
            return
        if event.get("event") == "message-start":
            self.in_blocks.add(run_id)
            if event.get("message_id"):
                self.stream.seen.add(event["message_id"])
        ns, metadata = call
        self.stream.post(ns, "messages", (event, {**metadata, "run_id": str(run_id)}))

    def post(self, call: Any, message: Any) -> None:
        """Post one message or piece of one, and remember that it has been seen."""
        ns, metadata = call
        if message.id is None:
            from uuid import uuid4

            message.id = str(uuid4())
        self.stream.seen.add(message.id)
        self.stream.post(ns, "messages", (message, metadata))
