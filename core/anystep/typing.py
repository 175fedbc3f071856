"""Type variables and shapes for annotating graphs, nodes and configs."""

from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypedDict

if TYPE_CHECKING:
    from dataclasses import Field

    # Defaults of type variables are newer than the oldest Python supported; checkers know them.
    from typing_extensions import TypeVar
else:
    from typing import TypeVar

__all__ = (
    "ContextT",
    "InputT",
    "NodeInputT",
    "OutputT",
    "RunnableConfig",
    "StateT",
    "StateT_co",
    "StateT_contra",
)


class RunnableConfig(TypedDict, total=False):
    """What a caller passes beside the input. Every key is optional."""

    tags: list[str]
    """Labels for this run and the runs it starts."""

    metadata: dict[str, Any]
    """Facts about the run; scalars are saved with every checkpoint."""

    callbacks: Any
    """Handlers to tell about the run, or a manager of them."""

    run_name: str
    """Name of this run for tracing."""

    max_concurrency: int | None
    """How many tasks may run at a time; None is no limit."""

    recursion_limit: int
    """How many supersteps a run may take."""

    configurable: dict[str, Any]
    """`thread_id`, `checkpoint_ns`, `checkpoint_id`, and whatever the nodes read."""

    run_id: Any
    """Identifier of this run for tracing: a UUID or its text."""


if TYPE_CHECKING:

    class _TypedDictClassKeys(Protocol):
        __required_keys__: ClassVar[frozenset[str]]
        __optional_keys__: ClassVar[frozenset[str]]

    class _TypedDictKeys(Protocol):
        __required_keys__: frozenset[str]
        __optional_keys__: frozenset[str]

    class _Dataclass(Protocol):
        __dataclass_fields__: ClassVar[dict[str, "Field[Any]"]]

    class _PydanticModel(Protocol):
        __pydantic_fields__: ClassVar[dict[str, Any]]

    StateLike = _TypedDictClassKeys | _TypedDictKeys | _Dataclass | _PydanticModel

    StateT = TypeVar("StateT", bound=StateLike)
    StateT_co = TypeVar("StateT_co", bound=StateLike, covariant=True)
    StateT_contra = TypeVar("StateT_contra", bound=StateLike, contravariant=True)
    ContextT = TypeVar("ContextT", bound=StateLike | None, default=None)
    ContextT_contra = TypeVar(
        "ContextT_contra", bound=StateLike | None, contravariant=True, default=None
    )
    InputT = TypeVar("InputT", bound=StateLike, default=StateT)
    OutputT = TypeVar("OutputT", bound=StateLike, default=StateT)
    NodeInputT = TypeVar("NodeInputT", bound=StateLike)
    NodeInputT_contra = TypeVar("NodeInputT_contra", bound=StateLike, contravariant=True)
else:
    # Others derive classes from Generic with these, among type variables with defaults, so they
    # need theirs: from `typing_extensions` where a program uses it, or from Python 3.13 on.
    _DEFAULTS = {"ContextT": None, "ContextT_contra": None, "InputT": "StateT", "OutputT": "StateT"}

    def __getattr__(name):
        if name not in _DEFAULTS:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        import sys

        default = _DEFAULTS[name] and globals()[_DEFAULTS[name]]
        make = getattr(sys.modules.get("typing_extensions"), "TypeVar", TypeVar)
        options = {"contravariant": True} if name.endswith("_contra") else {}
        if make is not TypeVar or sys.version_info >= (3, 13):
            options["default"] = default
        return globals().setdefault(name, make(name, **options))

    StateT = TypeVar("StateT")
    StateT_co = TypeVar("StateT_co", covariant=True)
    StateT_contra = TypeVar("StateT_contra", contravariant=True)
    NodeInputT = TypeVar("NodeInputT")
    NodeInputT_contra = TypeVar("NodeInputT_contra", contravariant=True)
