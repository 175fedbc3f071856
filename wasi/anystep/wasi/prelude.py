"""Everything that is imported late, imported now.

A component is a snapshot of an interpreter, taken when its program was imported.
The standard library and the program's own files are left behind: after the snapshot,
``import`` finds what is in ``sys.modules`` and nothing else.  anystep imports much of
what it uses inside functions, which keeps its import fast on a server, so a component
imports this module first:

    import anystep.wasi.prelude  # first line of a program made by hand

(`anystep.wasi.build` does it by itself.)  It brings all of anystep but the parts for
other hosts, and what these import inside functions: ``tests/wasi/test_prelude.py`` reads
core's sources and fails if such an import is missing here.  `ImportWatch` finds at run
time what no reading can, such as late imports of the standard library's own.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping, Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Final, Self

__all__ = ["LATE", "LIBRARIES", "OPTIONAL", "OUTSIDE", "ImportWatch", "load", "modules"]

#: Parts of anystep for other hosts, and the part of this one that stays outside.
OUTSIDE: Final[tuple[str, ...]] = (
    "anystep.edge",
    "anystep.providers",
    "anystep.wasi.__main__",
    "anystep.wasi.build",
    "anystep.wasi.host",
    "anystep.web",
)

#: Modules of others that anystep imports inside functions.
LATE: Final[tuple[str, ...]] = (
    "asyncio",
    "base64",
    "collections",
    "concurrent.futures",
    "contextlib",
    "contextvars",
    "copy",
    "dataclasses",
    "datetime",
    "decimal",
    "enum",
    "fractions",
    "functools",
    "heapq",
    "importlib",
    "inspect",
    "ipaddress",
    "itertools",
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
    "zlib",
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
        "Crypto.Cipher.AES": "used if the program brings pycryptodome",
        "annotationlib": "new in Python 3.14, asked for where it exists",
        "componentize_py_types": "exists inside a component only",
        "httpx": "used if the program brings httpx, over sockets a component lacks",
        "langchain.chat_models": "used if the program brings langchain",
        "langchain.embeddings": "used if the program brings langchain",
        "langchain_core.load.load": "used if the program has imported langchain_core",
        "langchain_core.messages": "used if the program brings langchain_core",
        "numpy": "used if the program brings numpy",
        "pydantic": "used if the program brings pydantic",
        "pydantic_core": "used if the program brings pydantic",
        "typing_extensions": "used if the program brings pydantic, which needs it",
    }
)


def modules() -> list[str]:
    """The names of all modules of anystep that may run in a component, sorted.

    Read from the folders that anystep is installed in, so there are none after the snapshot.
    """
    found: set[str] = set()
    for portion in importlib.import_module("anystep").__path__:
        for file in Path(portion).rglob("*.py"):
            parts = ("anystep", *file.relative_to(portion).with_suffix("").parts)
            found.add(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    outside = tuple(f"{name}." for name in OUTSIDE)
    return sorted(name for name in found if not f"{name}.".startswith(outside))


def load() -> None:
    """Import all of it.

    A module of anystep whose extra is not installed is left out, and so is what is
    optional.  Raises ImportError for anything else that is not there.
    """
    for name in (*LIBRARIES, *LATE):
        importlib.import_module(name)
    for name in (*OPTIONAL, *modules()):
        try:
            importlib.import_module(name)
        except ImportError as error:
            # Absent, or there but not for this host.
            if (error.name or "").partition(".")[0] == "anystep":
                raise


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
