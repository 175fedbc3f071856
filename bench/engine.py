"""The public names a scenario uses, from either engine."""

import importlib
from types import SimpleNamespace

ENGINES = ("anystep", "langgraph")

_NAMES = {
    "graph": ("START", "END", "StateGraph", "MessagesState"),
    "types": ("Send",),
    "config": ("get_stream_writer",),
    "checkpoint.memory": ("InMemorySaver",),
}


def engine(root: str) -> SimpleNamespace:
    """Import *root*'s modules and return the names scenarios are written with."""
    found: dict[str, object] = {"root": root}
    for module, names in _NAMES.items():
        loaded = importlib.import_module(f"{root}.{module}")
        found |= {name: getattr(loaded, name) for name in names}
    return SimpleNamespace(**found)
