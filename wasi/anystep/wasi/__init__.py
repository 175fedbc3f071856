"""anystep on WASI: the same wheel inside a WebAssembly component, and the host that runs one.

Inside a component: `anystep.wasi.loop` (asyncio without sockets), `anystep.wasi.prelude`
(everything that is imported late) and `anystep.wasi.cli` (a ``main`` function as a command).
On CPython: `anystep.wasi.build` and `anystep.wasi.host` make and run components; they need
``pip install 'anystep[wasi]'``.  ``python -m anystep.wasi --help`` is their command line.

Nothing is imported here, so that none of them drags in the others.
"""

__all__ = ()
