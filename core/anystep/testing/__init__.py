"""Tools for testing graphs.

* `assert_run(graph, input).visits("a", "b").ends_with({...})`: run and assert, in one sentence;
  `assert_arun`, `assert_fails` and, for what was streamed, `Recorder`
* `returns`, `raises`, `scripted`, `routes`, `fans_out`, `asks`: nodes and routers that do what
  they are told and remember their calls
* `ScriptedModel`: a chat model whose replies are known
* `ManualClock`, `deterministic_host`: time and chance under control
* `assert_resumable(builder, input)`: interrupted and resumed equals uninterrupted
* `anystep.testing.conformance`: what every saver must do
"""

from ._assert import Run, assert_arun, assert_fails, assert_run
from ._clock import ManualClock, deterministic_host
from ._doubles import NodeDouble, asks, fans_out, raises, returns, routes, scripted
from ._model import ScriptedModel
from ._record import Event, Recorder
from ._resume import assert_resumable

__all__ = [
    "Event",
    "ManualClock",
    "NodeDouble",
    "Recorder",
    "Run",
    "ScriptedModel",
    "asks",
    "assert_arun",
    "assert_fails",
    "assert_resumable",
    "assert_run",
    "deterministic_host",
    "fans_out",
    "raises",
    "returns",
    "routes",
    "scripted",
]
