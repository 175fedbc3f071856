"""Compare many random graphs: ``python -m tests.parity.soak FIRST COUNT``."""

import sys

from ._compare import compared
from ._oracle import FACES
from ._random import program_of, spec


def main(first: int, count: int) -> int:
    """Run the seeds; return how many differ."""
    differing = 0
    for seed in range(first, first + count):
        face = FACES[seed % 2]
        lines = compared(program_of(seed), face)
        if lines:
            differing += 1
            sys.stdout.write(f"seed {seed} [{face}]\n  {spec(seed)}\n")
            sys.stdout.writelines(f"    {line}\n" for line in lines[:14])
            sys.stdout.flush()
    sys.stdout.write(f"{count} seeds, {differing} differ\n")
    return differing


if __name__ == "__main__":
    sys.exit(bool(main(int(sys.argv[1]), int(sys.argv[2]))))
