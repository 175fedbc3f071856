"""The constants a program may name: entry, end, and two tags."""

from anystep._constants import (
    CONF,
    CONFIG_KEY_CHECKPOINTER,
    END,
    START,
    TAG_HIDDEN,
    TAG_NOSTREAM,
    TASKS,
)

__all__ = (
    "CONF",
    "CONFIG_KEY_CHECKPOINTER",
    "END",
    "START",
    "TAG_HIDDEN",
    "TAG_NOSTREAM",
    "TASKS",
)


def __getattr__(name: str) -> object:
    """Old import paths still work, with a warning that says where the name lives now."""
    import warnings
    from importlib import import_module

    from anystep import _constants
    from anystep.warnings import LangGraphDeprecatedSinceV10

    if name in ("Interrupt", "Send"):
        advice = f"Please use 'from anystep.types import {name}' instead."
        # By name: nothing down here depends on the modules above, except this old path.
        value: object = getattr(import_module("anystep.types"), name)
    elif name.isupper() and hasattr(_constants, name):
        advice = "This constant is now private and should not be used directly."
        value = getattr(_constants, name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    warnings.warn(
        f"Importing {name} from anystep.constants is deprecated. {advice}",
        LangGraphDeprecatedSinceV10,
        stacklevel=2,
    )
    return value
