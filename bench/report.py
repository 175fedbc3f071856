"""The results file: on what machine, with which versions, what was found."""

import json
import os
import pathlib
import platform
import time
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from .engine import ENGINES

RESULTS = pathlib.Path(__file__).parent / "results"


def machine() -> dict[str, Any]:
    """Return what the figures depend on."""
    versions = {}
    for name in ENGINES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = "not installed"
    try:
        load = os.getloadavg()[0]
    except OSError:
        load = None
    return {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "machine": platform.machine(),
        "system": platform.system(),
        "processors": os.cpu_count(),
        "load": load,
        "versions": versions,
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


def written(report: dict[str, Any], folder: pathlib.Path = RESULTS) -> pathlib.Path:
    """Write ``latest.json`` into *folder* and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "latest.json"
    path.write_text(json.dumps(report, indent=2, sort_keys=True) + "\n", "utf-8")
    return path
