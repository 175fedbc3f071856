"""Everything that anystep imports late, imported now.

A component is a snapshot of an interpreter, taken when its program was imported.
The standard library and the program's own files are left behind: after the snapshot,
``import`` finds what is in ``sys.modules`` and nothing else.  anystep imports much of
what it uses inside functions, which keeps its import fast on a server, so a component
imports this module first:

    import anystep.wasi.prelude  # first line of a program made by hand

(`anystep.wasi.build` does it by itself.)  ``tests/wasi/test_prelude.py`` reads core's
sources and fails if a late import is missing here; `ImportWatch` finds at run time what
no reading can, such as late imports of the standard library's own.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping, Sequence
from importlib.machinery import ModuleSpec
from types import MappingProxyType, ModuleType
from typing import Final, Self

__all__ = ["ANYSTEP", "LATE", "LIBRARIES", "OPTIONAL", "ImportWatch", "load"]

#: Modules of anystep that anystep imports inside functions.
ANYSTEP: Final[tuple[str, ...]] = (
    "anystep._cache_key",
    "anystep._constants",
    "anystep._ids",
    "anystep._planner",
    "anystep._stream_parts",
    "anystep.channels.binop",
    "anystep.channels.last_value",
    "anystep.channels.untracked_value",
    "anystep.checkpoint.base.id",
    "anystep.checkpoint.serde._messages",
    "anystep.checkpoint.serde.msgpack",
    "anystep.config",
    "anystep.draw",
    "anystep.draw._ascii",
    "anystep.draw._dot",
    "anystep.draw._html",
    "anystep.draw._json",
    "anystep.draw._mermaid",
    "anystep.draw._svg",
    "anystep.graph._compile",
    "anystep.host",
    "anystep.messages",
    "anystep.messages._convert",
    "anystep.messages._openai",
    "anystep.messages._pydantic",
    "anystep.pregel._async",
    "anystep.types",
    "anystep.warnings",
    "anystep.wasi.loop",
)

#: Modules of others that anystep imports inside functions.
LATE: Final[tuple[str, ...]] = (
    "asyncio",
    "base64",
    "collections",
    "copy",
    "dataclasses",
    "datetime",
    "decimal",
    "enum",
    "fractions",
    "functools",
    "importlib",
    "inspect",
    "ipaddress",
    "json",
    "logging",
    "os",
    "pathlib",
    "pickle",
    "re",
    "threading",
    "traceback",
    "types",
    "typing",
    "uuid",
    "warnings",
    "zoneinfo",
)

#: What the libraries among these import inside functions of their own, and codecs, which
#: are looked up when they are first used.
LIBRARIES: Final[tuple[str, ...]] = (
    "_strptime",  # datetime.strptime
    "concurrent.futures.thread",  # looked up by asyncio.to_thread's default executor
    "encodings.ascii",
    "encodings.idna",
    "encodings.latin_1",
    "encodings.punycode",
    "encodings.raw_unicode_escape",
    "encodings.unicode_escape",
    "encodings.utf_16",
    "encodings.utf_16_be",
    "encodings.utf_16_le",
    "encodings.utf_8",
    "encodings.utf_8_sig",
    "linecache",  # the lines of a traceback
    "msgpack.fallback",  # msgpack's C part does not exist on WASI
)

#: Late imports that a component may lack, and why nothing is lost.
OPTIONAL: Final[Mapping[str, str]] = MappingProxyType(
    {
        "annotationlib": "new in Python 3.14, asked for where it exists",
        "componentize_py_types": "exists inside a component only",
        "langchain_core.messages": "used if the program brings langchain_core",
        "numpy": "used if the program brings numpy",
        "pydantic_core": "used if the program brings pydantic",
    }
)


def load() -> None:
    """Import all of it.  Raises ImportError for whatever is not optional."""
    for name in (*LIBRARIES, *LATE, *ANYSTEP):
        importlib.import_module(name)
    for name in OPTIONAL:
        # Absent, or there but not for this host: either way it is optional.
        try:
            importlib.import_module(name)
        except ImportError:
            continue


class ImportWatch:
    """Remembers the modules that nothing could find.

    with ImportWatch() as watch:
        graph.invoke(...)
    assert not watch.names

    It stands last in ``sys.meta_path``, so it is asked only when all others have
    passed, and it passes as well: the import fails as it would without it.
    """

    __slots__ = ("names",)

    def __init__(self) -> None:
        #: Full names in the order of the attempts, each once.
        self.names: dict[str, None] = {}

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """Note the name and find nothing."""
        self.names[fullname] = None
        return None

    def __enter__(self) -> Self:
        sys.meta_path.append(self)
        return self

    def __exit__(self, *exc_info: object) -> None:
        sys.meta_path.remove(self)


load()
