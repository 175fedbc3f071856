"""Names that LangGraph has deprecated in favour of LangChain's agents.

They are no more deprecated here than there: where a program uses LangChain, which has what is
to be used instead, it is told so; elsewhere there is nothing to move to, and nothing is said.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from anystep._langchain import has_messages

ThingT = TypeVar("ThingT", bound=Callable[..., Any])


def warn(message: str, stacklevel: int) -> None:
    """Warn where LangChain is in use; `stacklevel` as `warnings.warn` has it for the caller."""
    if not has_messages():
        return
    import warnings

    from anystep.warnings import LangGraphDeprecatedSinceV10

    warnings.warn(LangGraphDeprecatedSinceV10(message), stacklevel=stacklevel + 1)


def deprecated(message: str) -> Callable[[ThingT], ThingT]:
    """A decorator for functions that warn when called; `__deprecated__` holds the message."""

    def mark(function: ThingT) -> ThingT:
        @wraps(function)
        def warned(*args: Any, **kwargs: Any) -> Any:
            warn(message, 2)
            return function(*args, **kwargs)

        done: Any = warned
        done.__deprecated__ = message
        return done  # type: ignore[no-any-return]

    return mark


def marked(message: str) -> Callable[[type[Any]], Any]:
    """A decorator for TypedDicts: they are told of by `__deprecated__`, as in LangGraph."""

    def mark(cls: Any) -> Any:
        cls.__deprecated__ = message
        return cls

    return mark


class Deprecated:
    """Base of classes that warn when they are called or derived from.

    Those that do hold the message in their own `__deprecated__`.
    """

    __deprecated__: str

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        if "__deprecated__" in vars(cls):
            warn(cls.__deprecated__, 2)
        return super().__new__(cls)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        for base in cls.__mro__[1:]:
            if "__deprecated__" in vars(base):
                warn(vars(base)["__deprecated__"], 2)
                break
        super().__init_subclass__(**kwargs)
