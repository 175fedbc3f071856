"""Compare programs by hand: ``python -m tests.parity [--oracle] [part of a name ...]``.

Prints one line per case and a short difference for each mismatch.  With
``--oracle`` anystep is left out: each program runs twice on langgraph, which
must agree with itself.
"""

import argparse
import sys
import time

from ._compare import cases, difference, load, oracle
from ._oracle import PROGRAMS


def main() -> int:
    """Run the chosen cases; return 1 when one of them differs."""
    options = argparse.ArgumentParser(prog="python -m tests.parity")
    options.add_argument("--oracle", action="store_true", help="langgraph against itself")
    options.add_argument("--show", action="store_true", help="print the oracle's trace")
    options.add_argument("--lines", type=int, default=30, help="lines per difference")
    options.add_argument("names", nargs="*", help="parts of case names; all must match")
    chosen = options.parse_args()
    load()
    other = "langgraph" if chosen.oracle else "anystep"
    differing = 0
    ran = 0
    for case in cases():
        if not all(part in case.id for part in chosen.names):
            continue
        ran += 1
        if chosen.show:
            _say(*oracle(case))
        began = time.perf_counter()
        lines = difference(case, against=other)
        took = time.perf_counter() - began
        differing += bool(lines)
        _say(f"{'DIFFERS' if lines else 'same   '} {case.id} ({took:.2f} s)")
        _say(*(f"    {line}" for line in lines[: chosen.lines]))
    _say(f"{ran} cases of {len(PROGRAMS)} programs, {differing} differ")
    return 1 if differing else 0


def _say(*lines: str) -> None:
    for line in lines:
        sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
