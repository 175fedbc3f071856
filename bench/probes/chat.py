"""A chat in SQLite, turn by turn: ``chat.py <engine> <turns>``.

How long a turn takes as the thread grows, what is on the disk, and how long a saver that has
read nothing yet takes to load it.  Both engines write ahead and wait for the disk (FULL).
"""

import json
import os
import statistics
import sys
import tempfile
import time
from typing import Any

from bench.engine import engine
from bench.scenario import expect
from bench.scenarios.chats import CONFIG, characters, chat_builder, folder_size, question, savers


def talked(name: str, turns: int) -> dict[str, Any]:
    """Hold the chat and return what it took: seconds of every turn, bytes at some of them."""
    lib = engine(name)
    builder, saver_class = chat_builder(lib, False), savers(lib)[0]
    cpu, wall, stored = [], [], {}
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "chat.db")
        with saver_class.from_conn_string(path) as saver:
            graph = builder.compile(checkpointer=saver)
            for number in range(turns):
                before, began = time.process_time(), time.perf_counter()
                graph.invoke(question(number), CONFIG)
                cpu.append(time.process_time() - before)
                wall.append(time.perf_counter() - began)
                if number + 1 in {1, 10, 100, 300, 500, turns}:
                    stored[str(number + 1)] = folder_size(folder)
        closed = folder_size(folder)
        with saver_class.from_conn_string(path) as saver:
            began = time.process_time()
            values = builder.compile(checkpointer=saver).get_state(CONFIG).values
            loaded = time.process_time() - began
    messages = values["messages"]
    expect("messages", len(messages), 2 * turns)
    expect("characters", sum(len(message.content) for message in messages), characters(turns))
    raw = json.dumps([{"role": one.type, "content": one.content} for one in messages])
    tenth = max(1, turns // 10)
    return {
        "turns": turns,
        "cpu_seconds": sum(cpu),
        "wall_seconds": sum(wall),
        "cpu_ms_first": statistics.median(cpu[:tenth]) * 1e3,
        "cpu_ms_last": statistics.median(cpu[-tenth:]) * 1e3,
        "wall_ms_first": statistics.median(wall[:tenth]) * 1e3,
        "wall_ms_last": statistics.median(wall[-tenth:]) * 1e3,
        "cold_load_cpu_ms": loaded * 1e3,
        "bytes_at": stored,
        "bytes_closed": closed,
        "bytes_raw_json": len(raw),
    }


if __name__ == "__main__":
    print(json.dumps(talked(sys.argv[1], int(sys.argv[2]))))
