"""``python -m anystep.wasi``: build a component, run one, find the WIT world.

python -m anystep.wasi build my_graph:main -o my_graph.wasm
python -m anystep.wasi run my_graph.wasm --dir data::/data -- words for the program
python -m anystep.wasi world
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from anystep.wasi.build import build, world
from anystep.wasi.errors import ComponentError, MissingExtraError
from anystep.wasi.host import Folder, load

__all__ = ["main"]


def main(words: Sequence[str] | None = None) -> int:
    """Do what the command line says and return an exit status; `run` returns the component's."""
    given = list(sys.argv[1:] if words is None else words)
    # Cut by hand: argparse wants all words without a dash to stand together.
    cut = given.index("--") if "--" in given else len(given)
    options = _parser().parse_args(given[:cut])
    try:
        if options.action == "build":
            return _build(options)
        if options.action == "run":
            return _run(options, given[cut + 1 :])
    except KeyboardInterrupt:
        return 130
    except (ComponentError, MissingExtraError, OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{world()}\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m anystep.wasi", description="Build and run WASI components of graphs."
    )
    actions = parser.add_subparsers(dest="action", required=True)
    make = actions.add_parser("build", help="make a component from a main function")
    make.add_argument("entry", help="package.module:function, plain or async, without arguments")
    make.add_argument("-o", "--output", required=True, help="the component's file")
    make.add_argument(
        "-p", "--path", action="append", help="a folder to import from (default: the current one)"
    )
    make.add_argument(
        "--import", dest="imports", action="append", default=[], help="a module imported late"
    )
    start = actions.add_parser("run", help="run a component's command; after -- the words it sees")
    start.add_argument("component")
    start.add_argument("--dir", action="append", default=[], help="HOST::GUEST, to read only")
    start.add_argument("--write-dir", action="append", default=[], help="HOST::GUEST, to write too")
    start.add_argument("--env", action="append", default=[], help="NAME=VALUE")
    start.add_argument("--memory", type=int, help="megabytes that it may use")
    start.add_argument("--deadline", type=float, help="seconds that it may take")
    start.add_argument("--cache", help="where machine code is kept")
    start.add_argument(
        "--times", action="store_true", help="say on standard error what took how long"
    )
    actions.add_parser("world", help="print where the WIT file of the command world is")
    return parser


def _build(options: argparse.Namespace) -> int:
    made = build(options.entry, options.output, path=options.path or ["."], imports=options.imports)
    sys.stdout.write(f"{made.path}: {made.size / 1e6:.1f} MB in {made.seconds:.1f} s\n")
    return 0


def _run(options: argparse.Namespace, argv: Sequence[str]) -> int:
    component = load(options.component, cache=options.cache)
    done = component.run(
        argv,
        env=dict(_pair(text, "=") for text in options.env),
        folders=[
            *(Folder(*_pair(text, "::")) for text in options.dir),
            *(Folder(*_pair(text, "::"), writable=True) for text in options.write_dir),
        ],
        stdin=None,
        capture=False,
        memory=None if options.memory is None else options.memory * 1_000_000,
        deadline=options.deadline,
    )
    if options.times:
        sys.stderr.write(
            f"compiled in {component.compile_seconds:.1f} s, started in "
            f"{done.start_seconds * 1000:.1f} ms, ran for {done.run_seconds:.2f} s\n"
        )
    return done.status


def _pair(text: str, mark: str) -> tuple[str, str]:
    before, found, after = text.partition(mark)
    if not found:
        raise ValueError(f"{text!r} has no {mark!r}")
    return before, after


if __name__ == "__main__":
    raise SystemExit(main())
