"""Build the static site into ``.cache/site`` and serve it on this machine.

    python3 tools/site.py            build, then serve until interrupted
    python3 tools/site.py build      build only; nothing changed, nothing done
    python3 tools/site.py serve [--port N]

The folder can be copied to any static host, below any path.
"""

from __future__ import annotations

import argparse
import contextlib
import time

from project import ToolError, main, say
from static_site import build, serving

#: Taken if it is free and no other was asked for.
USUAL_PORT = 8000


def serve(asked: int | None) -> None:
    """Serve the built site until interrupted.  Raises ToolError if the port asked for is taken."""
    folder = build()
    with contextlib.ExitStack() as stack:
        try:
            address = stack.enter_context(serving(folder, USUAL_PORT if asked is None else asked))
        except OSError as error:
            if asked is not None:
                raise ToolError(f"port {asked} cannot be used: {error.strerror}") from error
            address = stack.enter_context(serving(folder))
        say(f"[site] {address}   (Ctrl-C ends it)")
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            say("[site] stopped")


def program(words: list[str]) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="site.py", description=__doc__)
    parser.add_argument("command", nargs="?", choices=("build", "serve"), default="serve")
    parser.add_argument("--port", type=int, help=f"{USUAL_PORT}, or a free one, unless given")
    asked = parser.parse_args(words)
    if asked.command == "build":
        say(str(build()))
    else:
        serve(asked.port)
    return 0


if __name__ == "__main__":
    main(program)
