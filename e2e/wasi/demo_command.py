"""The demo as a component's command: the same script as on every host, its record as JSON.

    TEXT ANSWERS OUT.json     the text to review, the human's answers as a JSON list

Fails if anything was to be imported that the component lacks: what the prelude misses
would show here, where nothing else brings modules in.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import demo_review

from anystep.wasi.prelude import ImportWatch

__all__ = ["main"]


def main() -> int:
    """The command."""
    text, answers, out = sys.argv[1:]
    with ImportWatch() as watch:
        record = demo_review.run_script(demo_review.build(None), text, json.loads(answers))
    Path(out).write_text(json.dumps(record, indent=1, sort_keys=True) + "\n")
    print(f"Python {sys.version.split()[0]} in a component")
    if watch.names:
        sys.stderr.write(f"imported too late for a component: {', '.join(watch.names)}\n")
        return 1
    return 0
