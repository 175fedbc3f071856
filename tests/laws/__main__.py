"""Hold the laws for many seeds, on all processors: ``python -m tests.laws FIRST COUNT [PROCESSES]``."""

import multiprocessing
import os
import sys
import time

from ._laws import CHUNK, broken_in


def main(first: int, count: int, processes: int) -> int:
    """Run the seeds in chunks; return how many break a law."""
    broken = done = 0
    began = shown = time.monotonic()
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        for lines in pool.imap_unordered(broken_in, range(first, first + count, CHUNK)):
            broken, done = broken + len(lines), done + CHUNK
            sys.stdout.writelines(f"{line}\n" for line in lines)
            if lines or time.monotonic() - shown > 20:
                shown = time.monotonic()
                sys.stdout.write(f"{done} of {count} seeds, {broken} broken\n")
                sys.stdout.flush()
    sys.stdout.write(f"{done} seeds, {broken} broken, {time.monotonic() - began:.0f} s\n")
    return broken


if __name__ == "__main__":
    words = [int(word) for word in sys.argv[1:]]
    sys.exit(bool(main(*words[:2], *(words[2:] or [os.cpu_count() or 1]))))
