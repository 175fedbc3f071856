"""Errors of the WASI host, named by who must act.

RuntimeError
├── DeadlockError              your program: its tasks wait for what can never come
└── ComponentError             whoever runs or builds a component
    ├── ComponentBuildError    the build failed; the message holds its output
    ├── ComponentDeadlineError the component computed for longer than it was allowed to
    └── ComponentTrapError     the component aborted: out of bounds, stack overflow, panic
ImportError
└── MissingExtraError          install the extra that the message names
"""

from __future__ import annotations

from typing import ClassVar

__all__ = [
    "ComponentBuildError",
    "ComponentDeadlineError",
    "ComponentError",
    "ComponentTrapError",
    "DeadlockError",
    "MissingExtraError",
]


class DeadlockError(RuntimeError):
    """Every task waits, no timer is set, and no event of the host can arrive."""

    code: ClassVar[str] = "WASI_DEADLOCK"


class ComponentError(RuntimeError):
    """A component could not be built, loaded or run to its end."""

    code: ClassVar[str] = "WASI_COMPONENT"


class ComponentBuildError(ComponentError):
    """componentize-py refused the program."""

    code: ClassVar[str] = "WASI_COMPONENT_BUILD"


class ComponentDeadlineError(ComponentError):
    """The component was stopped because its time was up."""

    code: ClassVar[str] = "WASI_COMPONENT_DEADLINE"


class ComponentTrapError(ComponentError):
    """The component aborted without ending its program."""

    code: ClassVar[str] = "WASI_COMPONENT_TRAP"


class MissingExtraError(ImportError):
    """A package that only this part of anystep needs is not installed."""

    code: ClassVar[str] = "MISSING_EXTRA"
