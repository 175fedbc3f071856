"""Record the runs that the site plays: ``record.py PROGRAM.py SETTINGS.json OUT.json``.

The same session that runs in the page's worker runs here, on CPython, so that the events
have one shape and the digests can be compared.  The settings are
``{"name", "input", "answers", "thread"?, "host"?}``; what else they hold is handed on to the page.
"""

from __future__ import annotations

import asyncio
import json
import platform
import sys
from pathlib import Path
from typing import Any

from anystep.web._session import Session

__all__ = ["record"]

#: What the element follows; it asks a live graph for checkpoints too, to travel in time.
MODES = ["tasks", "values"]


class Recorder:
    """Asks a session as the page does, and keeps what it answers."""

    def __init__(self, name: str, thread: str) -> None:
        self.session = Session()
        self.values: dict[str, Any] = {}
        self.named = {"graph": name, "thread": thread}

    async def ask(self, op: str, **argument: Any) -> Any:
        """The value of an answer.  Ends the program with the traceback of an error."""
        answer = json.loads(await self.session.handle(op, json.dumps(argument)))
        if "error" in answer:
            raise SystemExit(answer["error"]["traceback"])
        return answer["value"]

    async def run(self, **start: Any) -> dict[str, Any]:
        """One run to its end or to an interrupt: how it started, and its events."""
        stream = await self.ask("stream", **self.named, **start, modes=MODES, subgraphs=True)
        events: list[dict[str, Any]] = []
        while not (event := await self.ask("next", stream=stream)).get("done"):
            shortened = self.shortened(event)
            if shortened is not None:
                events.append(shortened)
        return {**start, "events": events}

    def shortened(self, event: dict[str, Any]) -> dict[str, Any] | None:
        """The event without what the page does not show, or knows from the event before.

        Of a state only what changed is kept, under the mode "changes": it is played before
        anything else has been loaded, so it should be small.
        """
        mode, data, inside = event["mode"], event["data"], event["ns"]
        if mode == "tasks":
            kept = {key: data[key] for key in data if key not in {"input", "triggers"}}
            return {"mode": "tasks", "data": kept, **({"ns": inside} if inside else {})}
        if inside:
            return None
        changes = {key: data[key] for key in data if data[key] != self.values.get(key)}
        self.values |= data
        return {"mode": "changes", "data": changes}


async def record(source: str, settings: dict[str, Any]) -> dict[str, Any]:
    """The whole recording.  Raises ValueError if the answers do not finish the run."""
    name = settings["name"]
    recorder = Recorder(name, settings.get("thread", "recorded"))
    host = {"host": settings["host"]} if "host" in settings else {}
    await recorder.ask("load", name=name, source=source, **host)
    runs = [await recorder.run(input=settings["input"])]
    runs += [await recorder.run(resume=answer) for answer in settings["answers"]]
    left = (await recorder.ask("state", **recorder.named))["next"]
    if left:
        raise ValueError(f"the recorded run of {name!r} is not finished: {left!r} is next")
    exported = await recorder.ask("export", **recorder.named)
    return {
        **settings,
        "made_by": f"{platform.python_implementation()} {platform.python_version()}",
        "drawing": await recorder.ask("draw", graph=name, xray=True),
        "runs": runs,
        "sha256": exported["sha256"],
    }


def main() -> None:
    """The command."""
    program, given, out = map(Path, sys.argv[1:])
    settings = json.loads(given.read_text(encoding="utf-8"))
    recording = asyncio.run(record(program.read_text(encoding="utf-8"), settings))
    out.write_text(
        json.dumps(recording, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
