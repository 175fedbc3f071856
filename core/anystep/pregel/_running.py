"""The part of a compiled graph that runs it: `invoke`, `stream`, `batch` and their async forms."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, overload

from anystep._constants import CONF

from ._config import durability_of, printed_modes
from ._described import Described
from ._events import MESSAGES_V3, RunStreams
from ._launch import launch
from ._scope import TASK_KEY
from ._stream import Stream, streams_for
from ._threads import Threads

if TYPE_CHECKING:
    from typing import Unpack

    from anystep._planner import Program
    from anystep._records import Command
    from anystep.runtime import RunControl
    from anystep.types import GraphOutput
    from anystep.typing import RunnableConfig

    from ._options import RunOptions

StateT = TypeVar("StateT")
ContextT = TypeVar("ContextT")
InputT = TypeVar("InputT")
OutputT = TypeVar("OutputT")


class Running(RunStreams, Threads, Described, Generic[StateT, ContextT, InputT, OutputT]):
    """The part of `Pregel` that runs."""

    cache: Any
    stream_mode: Any
    debug: bool
    interrupt_before_nodes: Any
    interrupt_after_nodes: Any
    retry_policy: Any
    step_timeout: float | None

    # -- what a run asks ---------------------------------------------------------------

    def coerce_context(self, context: Any) -> Any:
        """`context` as the graph's context schema, where that is a class with fields."""
        schema = self.context_schema
        if not isinstance(context, dict) or schema is None or _is_plain_mapping(schema):
            return context
        return schema(**context)

    @property
    def coerce_output(self) -> Any:
        """Makes an instance of the output schema of a state dict; None: dicts stay."""
        return None

    def program_for(self, output_keys: str | Sequence[str]) -> Program:
        """The program with other output keys, for one call. Raises ValueError for unknown ones."""
        if output_keys == self.program.output_keys:
            return self.program
        import copy

        for key in (output_keys,) if isinstance(output_keys, str) else output_keys:
            if key not in self.program.channels:
                raise ValueError(f"Key {key} not in channels")
        program = copy.copy(self.program)
        program.show(output_keys)
        return program

    # -- running -------------------------------------------------------------------------

    @overload
    def invoke(
        self,
        input: InputT | Command[Any] | None,
        config: RunnableConfig | None = None,
        *,
        context: ContextT | None = None,
        version: Literal["v1"] = "v1",
        **options: Unpack[RunOptions],
    ) -> OutputT: ...
    @overload
    def invoke(
        self,
        input: InputT | Command[Any] | None,
        config: RunnableConfig | None = None,
        *,
        context: ContextT | None = None,
        version: Literal["v2"],
        **options: Unpack[RunOptions],
    ) -> GraphOutput[OutputT]: ...
    def invoke(
        self,
        input: Any,
        config: RunnableConfig | None = None,
        *,
        context: ContextT | None = None,
        stream_mode: Any = "values",
        print_mode: Any = (),
        output_keys: str | Sequence[str] | None = None,
        interrupt_before: Any = None,
        interrupt_after: Any = None,
        durability: Any = None,
        control: RunControl | None = None,
        version: str = "v1",
        **kwargs: Any,
    ) -> Any:
        """Run to the end, or to the first question, and return the output.

        A run that stops to ask returns its output with the questions under
        `__interrupt__`. With another `stream_mode` than values: the list of all events.

        Raises: what a node raised; `GraphRecursionError`; `EmptyInputError`;
        `InvalidUpdateError`.
        """
        if kwargs or self.debug:
            print_mode = printed_modes(print_mode, kwargs.pop("debug", None), self.debug)
        if kwargs or durability is not None:
            durability = durability_of(durability, kwargs)
        if stream_mode != "values":
            options: dict[str, Any] = {
                "context": context,
                "interrupt_before": interrupt_before,
                "interrupt_after": interrupt_after,
                "durability": durability,
                "control": control,
                "output_keys": output_keys or self.program.output_keys,
                "print_mode": print_mode,
            }
            return list(
                self.stream(input, config, stream_mode=stream_mode, version=version, **options)
            )
        started = launch(
            self,
            input,
            config,
            stream=None,
            asynchronous=False,
            context=context,
            interrupt_before=interrupt_before,
            interrupt_after=interrupt_after,
            durability=durability,
            control=control,
            output_keys=output_keys,
            print_mode=print_mode,
        )
        events = started.events()
        try:
            while True:
                next(events)
        except StopIteration as end:
            interrupts = end.value
        coerce = self.coerce_output if version == "v2" else None
        return started.result(coerce, interrupts, version)

    @overload
    async def ainvoke(
        self,
        input: InputT | Command[Any] | None,
        config: RunnableConfig | None = None,
        *,
        context: ContextT | None = None,
        version: Literal["v1"] = "v1",
        **options: Unpack[RunOptions],
    ) -> OutputT: ...
    @overload
    async def ainvoke(
        self,
        input: InputT | Command[Any] | None,
        config: RunnableConfig | None = None,
        *,
        context: ContextT | None = None,
        version: Literal["v2"],
        **options: Unpack[RunOptions],
    ) -> GraphOutput[OutputT]: ...
    async def ainvoke(
        self,
        input: Any,
        config: RunnableConfig | None = None,
        *,
        context: ContextT | None = None,
        stream_mode: Any = "values",
        print_mode: Any = (),
        output_keys: str | Sequence[str] | None = None,
        interrupt_before: Any = None,
        interrupt_after: Any = None,
        durability: Any = None,
        control: RunControl | None = None,
        version: str = "v1",
        **kwargs: Any,
    ) -> Any:
        """`invoke`, awaiting the nodes and the saver."""
        if kwargs or self.debug:
            print_mode = printed_modes(print_mode, kwargs.pop("debug", None), self.debug)
        if kwargs or durability is not None:
            durability = durability_of(durability, kwargs)
        if stream_mode != "values":
            options: dict[str, Any] = {
                "context": context,
                "interrupt_before": interrupt_before,
                "interrupt_after": interrupt_after,
                "durability": durability,
                "control": control,
                "output_keys": output_keys or self.program.output_keys,
                "print_mode": print_mode,
            }
            stream = self.astream(
                input, config, stream_mode=stream_mode, version=version, **options
            )
            return [chunk async for chunk in stream]
        started = launch(
            self,
            input,
            config,
            stream=None,
            asynchronous=True,
            context=context,
            interrupt_before=interrupt_before,
            interrupt_after=interrupt_after,
            durability=durability,
            control=control,
            output_keys=output_keys,
            print_mode=print_mode,
        )
        async for _ in started.aevents():
            pass
        coerce = self.coerce_output if version == "v2" else None
        return started.result(coerce, started.driver.result, version)

    def stream(
        self,
        input: InputT | Any,
        config: RunnableConfig | None = None,
        *,
        context: ContextT | None = None,
        stream_mode: Any = None,
        print_mode: Any = (),
        output_keys: str | Sequence[str] | None = None,
        interrupt_before: Any = None,
        interrupt_after: Any = None,
        durability: Any = None,
        control: RunControl | None = None,
        subgraphs: bool = False,
        debug: bool | None = None,
        version: str = "v1",
        **kwargs: Any,
    ) -> Iterator[dict[str, Any] | Any]:
        """Run, yielding events as they happen.

        `stream_mode` is one of values, updates, custom, messages, tasks, checkpoints
        and debug, or a list of them, and then events come as `(mode, payload)`. With
        `subgraphs` events come with their namespace in front. `version="v2"` yields
        dicts that say what they are.

        Closing the iterator early ends the run after the tasks that are under way.
        """
        stream = self._stream(stream_mode, config, subgraphs, version)
        started = launch(
            self,
            input,
            config,
            stream=stream,
            asynchronous=False,
            context=context,
            interrupt_before=interrupt_before,
            interrupt_after=interrupt_after,
            durability=durability_of(durability, kwargs),
            control=control,
            output_keys=output_keys or self.program.stream_keys,
            print_mode=printed_modes(print_mode, debug, self.debug),
        )
        yield from started.events()

    async def astream(
        self,
        input: InputT | Any,
        config: RunnableConfig | None = None,
        *,
        context: ContextT | None = None,
        stream_mode: Any = None,
        print_mode: Any = (),
        output_keys: str | Sequence[str] | None = None,
        interrupt_before: Any = None,
        interrupt_after: Any = None,
        durability: Any = None,
        control: RunControl | None = None,
        subgraphs: bool = False,
        debug: bool | None = None,
        version: str = "v1",
        **kwargs: Any,
    ) -> AsyncIterator[dict[str, Any] | Any]:
        """`stream`, awaiting the nodes and the saver.

        Closing the iterator early cancels the tasks that are under way.
        """
        stream = self._stream(stream_mode, config, subgraphs, version)
        started = launch(
            self,
            input,
            config,
            stream=stream,
            asynchronous=True,
            context=context,
            interrupt_before=interrupt_before,
            interrupt_after=interrupt_after,
            durability=durability_of(durability, kwargs),
            control=control,
            output_keys=output_keys or self.program.stream_keys,
            print_mode=printed_modes(print_mode, debug, self.debug),
        )
        events = started.aevents()
        try:
            async for event in events:
                yield event
        finally:
            await events.aclose()

    def _stream(self, mode: Any, config: Any, subgraphs: bool, version: str) -> Stream:
        if mode is None:
            mode = "values" if TASK_KEY in ((config or {}).get(CONF) or {}) else self.stream_mode
        modes, listed = streams_for(mode)
        stream = Stream(modes, listed=listed, subgraphs=subgraphs, version=version)
        stream.coerce = self.coerce_output
        stream.blocks = MESSAGES_V3 in ((config or {}).get(CONF) or {})
        return stream

    def batch(
        self,
        inputs: Sequence[Any],
        config: RunnableConfig | list[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[Any]:
        """`invoke` for each input, side by side where the host has threads; results in order.

        `config` is one for all or a list; `max_concurrency` in it limits the runs at a time. With
        `return_exceptions` what a run raises stands in its place, otherwise the first is raised.
        """
        from ._batch import batch

        return batch(self, inputs, config, return_exceptions, kwargs)

    async def abatch(
        self,
        inputs: Sequence[Any],
        config: RunnableConfig | list[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[Any]:
        """`batch`, with `ainvoke`."""
        from ._batch import abatch

        return await abatch(self, inputs, config, return_exceptions, kwargs)


def _is_plain_mapping(schema: Any) -> bool:
    return isinstance(schema, type) and issubclass(schema, dict)
