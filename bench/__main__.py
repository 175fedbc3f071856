"""Compare anystep with langgraph: ``python -m bench [--quick] [part of a name ...]``.

Every scenario is verified before it is timed.  Each engine runs in a process of
its own, their rounds take turns; CPU time decides, wall time is recorded beside
it.  What misses its budget is measured again before it is said to.  Ends with
code 1 and the names when a budget of the design is missed, with code 2 when a
scenario could not be run.
"""

import argparse
import sys

from .run import Bench


def options(words: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parser.add_argument("--alone", action="store_true", help="leave langgraph out")
    parser.add_argument(
        "--columns",
        action=argparse.BooleanOptionalAction,
        help="time other engines and hosts too (as a full run does)",
    )
    parser.add_argument("--list", action="store_true", help="name what there is, and end")
    parser.add_argument("names", nargs="*", help="parts of names; all must match")
    return parser.parse_args(words)


def main() -> int:
    """Run what was asked for; return the exit code."""
    asked = options()
    others = asked.columns if asked.columns is not None else not (asked.quick or asked.names)
    bench = Bench(asked.names, quick=asked.quick, alone=asked.alone, others=others)
    if asked.list:
        print("\n".join(measure.name for measure in bench.measures))
        return 0
    return bench.run()


if __name__ == "__main__":
    sys.exit(main())
