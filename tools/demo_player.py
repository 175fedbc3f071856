"""Show one run of the demo graph in a terminal: its picture, its steps, its question, its past.

    python tools/demo_player.py [--text FILE] [--answers ANSWER ...] [--record OUT]

Runs with any Python that has anystep; `tools/demo.py` calls it with the one that has the
wheel.  A person answers unless answers are given.  The record is what every other host must
reproduce.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import json
import os
import platform
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

__all__ = ["Player", "main"]

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples"
SAMPLE = EXAMPLES / "data" / "lighthouse.md"
#: Seconds between two steps on a terminal, so that eyes can follow.
PACE = 0.15


class Player:
    """Tells what happens while it happens, and asks."""

    def __init__(self, answers: list[str] | None) -> None:
        """`answers` come from a script; None means that a person answers."""
        self.script = answers
        self.given: list[str] = []
        self.seconds = 0.0  # that the graph took
        self.waited = 0.0  # seconds for the person and for the eyes
        self._on_terminal = sys.stdout.isatty()
        self._colour = self._on_terminal and not os.environ.get("NO_COLOR")
        self._sections = self._analysed = 0

    def say(self, text: str = "", style: str = "") -> None:
        """One line, or several; `style` is an ANSI code that only terminals see."""
        print(f"\x1b[{style}m{text}\x1b[0m" if style and self._colour else text, flush=True)

    def heading(self, text: str) -> None:
        """The start of a part."""
        self.say(f"\n{text}", "1")
        self.say("-" * len(text))

    def picture(self, drawing: Any) -> None:
        """The graph, in the nicest characters that the output can show."""
        art = drawing.draw_ascii(unicode=True)
        try:
            art.encode(sys.stdout.encoding or "ascii")
        except UnicodeEncodeError:
            art = drawing.draw_ascii()
        self.say("\n".join(f"    {line}" for line in art.splitlines()))

    def watch(self, update: Any) -> None:
        """One event of the run."""
        for node, wrote in update.items():
            if node == "__interrupt__":
                self._question(wrote[0].value)
            else:
                self._step(node, wrote)
        if self._on_terminal:
            time.sleep(PACE)
            self.waited += PACE

    def _step(self, node: str, wrote: Any) -> None:
        text = ""
        if node == "split":
            self._sections = len(wrote["sections"])
            text = f"{self._sections} sections, one task each"
        elif node == "analyse":
            self._analysed += 1
            (found,) = wrote["findings"]
            bar = "#" * self._analysed + "." * (self._sections - self._analysed)
            text = f"[{bar}] {found['heading']}: {found['words']} words, ease {found['ease']}"
        elif node == "draft":
            text = f"draft {wrote['round']}, {len(wrote['draft'].splitlines())} lines"
        elif node == "ask":
            text = f"answered: {self.given[-1]}"
        elif node == "finish":
            text = "done"
        self.say(f"  {node:8} {text}")

    def _question(self, asked: Any) -> None:
        self.say(f"  {'ask':8} waits for an answer; all that is known is saved")
        self.say()
        self.say("\n".join(f"  | {line}" for line in asked["draft"].splitlines()), "2")
        self.say()
        options = " / ".join(asked["options"])
        self.say(f"  {asked['question']}  [{options}]", "1")

    def answers(self) -> Iterator[str]:
        """What is answered, one by one, when the run asks for it."""
        scripted = iter(self.script or ())
        while True:
            if self.script is None:
                began = time.monotonic()
                try:
                    answer = input("  your answer> ").strip() or "approve"
                except EOFError:
                    self.say()
                    answer = "approve"
                self.waited += time.monotonic() - began
            else:
                answer = next(scripted, "approve")
                self.say(f"  the script answers> {answer}", "36")
            self.say()
            self.given.append(answer)
            yield answer

    def past(self, history: list[dict[str, Any]]) -> None:
        """The thread's checkpoints."""
        self.say(f"  {'step':>4}  {'written by':10} {'then':22} checkpoint")
        for one in history:
            then = ", ".join(dict.fromkeys(one["next"])) or "(the end)"
            if len(one["next"]) > 1:
                then = f"{then} x{len(one['next'])}"
            self.say(f"  {one['step']:>4}  {one['source']:10} {then:22} {one['checkpoint']}")


def play(player: Player, text: str, named: str) -> dict[str, Any]:
    """Run the demo before the player's eyes; returns its record."""
    sys.path.insert(0, str(EXAMPLES))
    demo: Any = importlib.import_module("demo_review")  # not installed: an example
    from anystep.checkpoint.memory import InMemorySaver

    graph = demo.build(InMemorySaver())
    player.say(f"anystep {importlib.metadata.version('anystep')} on {here()}", "1")
    player.say(f"The graph reviews a text: {named}, {len(text.split())} words.\n")
    player.picture(graph.get_graph())
    player.heading("The run")
    began = time.monotonic()
    record: dict[str, Any] = demo.run_script(graph, text, player.answers(), player.watch)
    player.seconds = time.monotonic() - began - player.waited
    player.say()
    player.say(record["result"]["report"], "32")
    player.heading("The history: one checkpoint after every superstep, the newest first")
    player.past(record["history"])
    player.heading("The picture as Mermaid source (paste it into any Markdown file)")
    player.say(record["mermaid"].rstrip())
    player.say()
    return record


def here() -> str:
    """This Python."""
    return f"{platform.python_implementation()} {platform.python_version()}"


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="demo_player.py", description=__doc__)
    parser.add_argument("--text", type=Path, default=SAMPLE)
    parser.add_argument("--answers", nargs="*")
    parser.add_argument("--record", type=Path)
    asked = parser.parse_args()
    player = Player(asked.answers)
    text = asked.text.read_text(encoding="utf-8")
    named = asked.text.resolve()
    shown = str(named.relative_to(ROOT) if named.is_relative_to(ROOT) else asked.text)
    try:
        record = play(player, text, shown)
    except KeyboardInterrupt:
        player.say("\nstopped")
        return 130
    told = {
        "record": record,
        "answers": player.given,
        "python": platform.python_version(),
        "seconds": player.seconds,
        "waited": player.waited,
    }
    if asked.record is not None:
        asked.record.parent.mkdir(parents=True, exist_ok=True)
        asked.record.write_text(json.dumps(told))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
