"""A compiled graph as a Runnable of LangChain's: what Runnables can do, done by LangChain.

Each method here is LangChain's own, called on a graph: it needs langchain_core, and says so
where that is missing. Where the application uses LangChain, a graph counts as a Runnable.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from anystep._langchain import need, register, runnable_classes

if TYPE_CHECKING:
    from anystep.typing import RunnableConfig

_Runnable = Any  # a Runnable of LangChain's, or what it makes one of
_Listener = Callable[..., Any] | None


def _runnable(name: str) -> Callable[..., Any]:
    """A method of LangChain's Runnable.

    Raises: `ImportError` that says what to install where there is none.
    """
    base = need("runnables.base", f"A graph's `{name}`")
    count_as_runnables(RunnableFace)
    method: Callable[..., Any] = getattr(base.Runnable, name)
    return method


def count_as_runnables(cls: type[RunnableFace]) -> None:
    """Where the application uses LangChain: make instances of `cls` count as Runnables.

    Only then has a graph a `__getattr__`: with one, CPython takes ten times as long to read any
    attribute of it (measured: a tenth of a run of one node).
    """
    register(cls)
    if runnable_classes():
        face: Any = RunnableFace
        face.__getattr__ = _borrowed


def _borrowed(graph: RunnableFace, name: str) -> Any:
    """What LangChain's own methods ask of a Runnable besides.

    Raises: `AttributeError` for everything else.
    """
    if not name.startswith("__"):
        for cls in runnable_classes():
            if name in vars(cls):
                found = vars(cls)[name]
                bind = getattr(found, "__get__", None)
                return found if bind is None else bind(graph, type(graph))
    raise AttributeError(f"{type(graph).__name__!r} object has no attribute {name!r}")


class RunnableFace:
    """What a graph has in common with LangChain's Runnables, beside running."""

    # -- sequences -------------------------------------------------------------------

    def __or__(self, other: _Runnable) -> Any:
        """This graph, then `other` on its output."""
        return _runnable("__or__")(self, other)

    def __ror__(self, other: _Runnable) -> Any:
        """`other`, then this graph on its output."""
        return _runnable("__ror__")(self, other)

    def pipe(self, *others: _Runnable, name: str | None = None) -> Any:
        """This graph, then each of `others` on the output of the one before."""
        return _runnable("pipe")(self, *others, name=name)

    def pick(self, keys: str | list[str]) -> Any:
        """This graph, then these keys of its output: the value itself for a single name."""
        return _runnable("pick")(self, keys)

    def assign(self, **others: _Runnable) -> Any:
        """This graph, then its output with more keys: what each of `others` makes of it."""
        return _runnable("assign")(self, **others)

    def map(self) -> Any:
        """A Runnable that runs this graph on each item of a list."""
        return _runnable("map")(self)

    # -- with something bound to it ----------------------------------------------------

    def bind(self, **kwargs: Any) -> Any:
        """A Runnable that runs this graph with these keyword arguments."""
        return _runnable("bind")(self, **kwargs)

    def with_listeners(
        self,
        *,
        on_start: _Listener = None,
        on_end: _Listener = None,
        on_error: _Listener = None,
    ) -> Any:
        """A Runnable that tells these functions of each run of the graph."""
        return _runnable("with_listeners")(
            self, on_start=on_start, on_end=on_end, on_error=on_error
        )

    def with_alisteners(
        self,
        *,
        on_start: _Listener = None,
        on_end: _Listener = None,
        on_error: _Listener = None,
    ) -> Any:
        """`with_listeners` for coroutine functions."""
        return _runnable("with_alisteners")(
            self, on_start=on_start, on_end=on_end, on_error=on_error
        )

    def with_types(self, *, input_type: Any = None, output_type: Any = None) -> Any:
        """A Runnable that runs this graph and says that it takes and gives these types."""
        return _runnable("with_types")(self, input_type=input_type, output_type=output_type)

    def with_retry(self, **options: Any) -> Any:
        """A Runnable that runs this graph again when it fails; options are LangChain's."""
        return _runnable("with_retry")(self, **options)

    def with_fallbacks(self, fallbacks: Sequence[_Runnable], **options: Any) -> Any:
        """A Runnable that tries `fallbacks` one after the other when this graph fails."""
        return _runnable("with_fallbacks")(self, fallbacks, **options)

    def as_tool(
        self,
        args_schema: Any = None,
        *,
        name: str | None = None,
        description: str | None = None,
        arg_types: Mapping[str, Any] | None = None,
    ) -> Any:
        """A tool of LangChain's that runs this graph."""
        return _runnable("as_tool")(
            self, args_schema, name=name, description=description, arg_types=arg_types
        )

    # -- streams of inputs and of what happens -------------------------------------------

    def transform(
        self, input: Iterator[Any], config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[Any]:
        """Run on an input that comes in pieces, once it is there; yield what `stream` yields."""
        yield from _runnable("transform")(self, input, config, **kwargs)

    async def atransform(
        self, input: AsyncIterator[Any], config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Any]:
        """`transform`, awaiting the input and the run."""
        async for chunk in _runnable("atransform")(self, input, config, **kwargs):
            yield chunk

    def batch_as_completed(
        self, inputs: Sequence[Any], config: Any = None, **kwargs: Any
    ) -> Iterator[tuple[int, Any]]:
        """`invoke` for each input, side by side; yields `(index, output)` as they finish."""
        yield from _runnable("batch_as_completed")(self, inputs, config, **kwargs)

    async def abatch_as_completed(
        self, inputs: Sequence[Any], config: Any = None, **kwargs: Any
    ) -> AsyncIterator[tuple[int, Any]]:
        """`ainvoke` for each input, side by side; yields `(index, output)` as they finish."""
        async for pair in _runnable("abatch_as_completed")(self, inputs, config, **kwargs):
            yield pair

    async def astream_log(
        self, input: Any, config: RunnableConfig | None = None, **options: Any
    ) -> AsyncIterator[Any]:
        """Run, yielding patches to a log of everything that runs; options are LangChain's."""
        async for patch in _runnable("astream_log")(self, input, config, **options):
            yield patch

    # -- what it says about itself ---------------------------------------------------------

    @property
    def config_specs(self) -> list[Any]:
        """The fields of `configurable` that LangChain should know of: none."""
        return []

    def get_prompts(self, config: RunnableConfig | None = None) -> list[Any]:
        """The prompt templates among the Runnables that the graph draws."""
        prompts: list[Any] = _runnable("get_prompts")(self, config)
        return prompts


def langchain_events(
    graph: Any, input: Any, config: Any, version: str, options: dict[str, Any]
) -> AsyncIterator[Any]:
    """LangChain's event stream of an async run, `version` "v1" or "v2"."""
    events: AsyncIterator[Any] = _runnable("astream_events")(
        graph, input, config, version=version, **options
    )
    return events
