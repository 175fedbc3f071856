"""Build the static site into ``.cache/site`` and serve it on this machine.

    python3 tools/site.py            build, then serve until interrupted
    python3 tools/site.py build      build only; nothing changed, nothing done
    python3 tools/site.py serve [--port N]

The folder can be copied to any static host, below any path.
"""

from __future__ import annotations

import argparse
import time

from project import main, say
from static_site import build, serving


def serve(port: int) -> None:
    """Serve the built site until interrupted."""
    with serving(build(), port) as address:
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
    parser.add_argument("--port", type=int, default=8000)
    asked = parser.parse_args(words)
    if asked.command == "build":
        say(str(build()))
    else:
        serve(asked.port)
    return 0


if __name__ == "__main__":
    main(program)
