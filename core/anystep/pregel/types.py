"""Where LangGraph kept types before `types`; asking for one warns.

Raises, as a warning: `LangGraphDeprecatedSinceV10`.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from anystep.types import (
        All,
        CachePolicy,
        PregelExecutableTask,
        PregelTask,
        RetryPolicy,
        StateSnapshot,
        StateUpdate,
        StreamMode,
        StreamWriter,
        default_retry_on,
    )

__all__ = [
    "All",
    "CachePolicy",
    "PregelExecutableTask",
    "PregelTask",
    "RetryPolicy",
    "StateSnapshot",
    "StateUpdate",
    "StreamMode",
    "StreamWriter",
    "default_retry_on",
]


def __getattr__(name: str) -> Any:
    """The type from where it is now. Not when the module is imported: a snapshot imports all."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import warnings

    from anystep import types
    from anystep.warnings import LangGraphDeprecatedSinceV10

    warnings.warn(
        LangGraphDeprecatedSinceV10(
            "Importing from anystep.pregel.types is deprecated. "
            "Please use 'from anystep.types import ...' instead."
        ),
        stacklevel=2,
    )
    return getattr(types, name)
