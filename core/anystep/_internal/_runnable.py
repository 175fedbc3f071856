"""`RunnableCallable`: a function with both faces as a Runnable of LangChain's.

The class exists where langchain_core does: it is made when it is first asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from anystep._langchain import is_runnable, need
from anystep.pregel._inject import Provider, injections

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

    class RunnableCallable(Runnable[Any, Any]):
        """A function with both faces as a Runnable of LangChain's."""

        def __init__(self, func: Any, afunc: Any = None, **options: Any) -> None: ...


__all__ = ["RunnableCallable", "RunnableLike"]

RunnableLike = Any


def __getattr__(name: str) -> Any:
    """The class. Raises: `ImportError` without langchain_core."""
    if name == "RunnableCallable":
        return _class(need("runnables.base", name).Runnable)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


@cache
def _class(base: Any) -> type[Any]:
    members = {k: v for k, v in vars(_Callable).items() if k not in ("__dict__", "__weakref__")}
    return type("RunnableCallable", (base,), {**members, "__module__": __name__})


class _Face(NamedTuple):
    """One of the two functions, with what it takes besides its input."""

    function: Callable[..., Any]
    inject: Sequence[tuple[str, Provider]]


class _Callable:
    """The members of the class.

    * `func`, `afunc`: what runs on either face; without `afunc`, `func` on both. They may take what
      nodes may, besides the input.
    * `trace`: tell callbacks of it. `recurse`: run a Runnable that it returns.
    * `explode_args`: the input is (args, kwargs).

    Raises: `ValueError` without any function.
    """

    _call_with_config: Any
    _acall_with_config: Any

    def __init__(
        self,
        func: Callable[..., Any] | None,
        afunc: Callable[..., Any] | None = None,
        *,
        name: str | None = None,
        tags: Sequence[str] | None = None,
        trace: bool = True,
        recurse: bool = True,
        explode_args: bool = False,
        **kwargs: Any,
    ) -> None:
        if func is None and afunc is None:
            raise ValueError("At least one of func or afunc must be provided.")
        own = getattr(func or afunc, "__name__", None)
        self.name = name or (None if own == "<lambda>" else own)
        self.func, self.afunc = func, afunc
        self.tags = tags
        self.trace, self.recurse, self.explode_args = trace, recurse, explode_args
        self.kwargs = kwargs
        self._faces = [None if f is None else _Face(f, injections(f)) for f in (func, afunc)]

    def invoke(self, input: Any, config: Any = None, **kwargs: Any) -> Any:
        """Call `func`. Raises: `TypeError` where there is none."""
        face = self._faces[0]
        if face is None:
            raise TypeError(
                f'No synchronous function provided to "{self.name}".\nEither initialize with a '
                "synchronous function or invoke via the async API (ainvoke, astream, etc.)"
            )
        args, extra = self._arguments(input, kwargs)
        given = config

        def call(_: Any, config: Any) -> Any:  # it is given the config of what runs it
            shown = config if given is None else given
            return face.function(*args, **_injected(face, extra, shown), **extra)

        traced = self._call_with_config
        result = traced(call, input, config) if self.trace else call(input, config)
        if self.recurse and is_runnable(result):
            return result.invoke(input, config)
        return result

    async def ainvoke(self, input: Any, config: Any = None, **kwargs: Any) -> Any:
        """Call `afunc`; `func` where there is none."""
        face = self._faces[1]
        if face is None:
            return self.invoke(input, config, **kwargs)
        args, extra = self._arguments(input, kwargs)
        given = config

        async def call(_: Any, config: Any) -> Any:
            shown = config if given is None else given
            return await face.function(*args, **_injected(face, extra, shown), **extra)

        traced = self._acall_with_config
        result = await (traced(call, input, config) if self.trace else call(input, config))
        if self.recurse and is_runnable(result):
            return await result.ainvoke(input, config)
        return result

    def _arguments(self, given: Any, kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        if not self.explode_args:
            return (given,), {**self.kwargs, **kwargs}
        args, own = given
        return args, {**self.kwargs, **own, **kwargs}

    def __repr__(self) -> str:
        return f"{self.name or 'RunnableCallable'}(tags={self.tags!r}, recurse={self.recurse!r})"


def _injected(face: _Face, given: dict[str, Any], config: Any) -> dict[str, Any]:
    """What a function takes besides its input, from the task that runs.

    Raises: `ValueError` outside a task, where there is nothing but a config.
    """
    from anystep.config import current_task

    found: dict[str, Any] = {}
    task = current_task.get()
    for name, provide in face.inject:
        if name in given:
            continue
        if name == "config" and config is not None:
            found[name] = config
        elif task is not None:
            found[name] = provide(task)
        elif name == "config":
            found[name] = {}
        else:
            raise ValueError(f"Missing required config key {name!r} for {face.function!r}.")
    return found
