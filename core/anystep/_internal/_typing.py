"""Types that other packages annotate with."""

from typing import TypedDict


class DeprecatedKwargs(TypedDict):
    """What is taken besides a function's parameters: nothing that a type checker should allow."""
