"""Resident memory of this process, in bytes."""

import os
import sys


def resident() -> int:
    """Return what is resident now; where the kernel does not say it, the most there was."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return peak()


def peak() -> int:
    """Return the most that was resident so far."""
    import resource  # imported late: the import probe pays for nothing but the engine

    scale = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale
