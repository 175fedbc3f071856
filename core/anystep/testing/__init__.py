"""Tools for testing graphs.

* `assert_run(graph, input).visits("a", "b").ends_with({...})`: run and assert, in one sentence;
  `assert_arun`, `assert_fails` and, for what was streamed, `Recorder`
* `returns`, `raises`, `scripted`, `routes`, `fans_out`, `asks`: nodes and routers that do what
  they are told and remember their calls
* `ScriptedModel`: a chat model whose replies are known
* `ManualClock`, `deterministic_host`: time and chance under control
* `assert_resumable(builder, input)`: interrupted and resumed equals uninterrupted
* `simulate(build, input, seed=7)`, `assert_survives(build, input)`: order, time, faults of the
  saver and crashes from a seed; `FaultySaver` alone, where a test wants one certain fault
* `HandDriven(graph, input)`: a run in which the test decides which task ends next
* `anystep.testing.conformance`: what every saver, store and cache must do
"""

from ._assert import Run, assert_arun, assert_fails, assert_run
from ._clock import ManualClock, deterministic_host
from ._doubles import NodeDouble, asks, fans_out, raises, returns, routes, scripted
from ._faults import Crash, FaultySaver, SaverFault
from ._hand import HandDriven
from ._model import ScriptedModel
from ._record import Event, Recorder
from ._resume import assert_resumable
from ._simulate import Simulation, assert_survives, simulate

__all__ = [
    "Crash",
    "Event",
    "FaultySaver",
    "HandDriven",
    "ManualClock",
    "NodeDouble",
    "Recorder",
    "Run",
    "SaverFault",
    "ScriptedModel",
    "Simulation",
    "asks",
    "assert_arun",
    "assert_fails",
    "assert_resumable",
    "assert_run",
    "assert_survives",
    "deterministic_host",
    "fans_out",
    "raises",
    "returns",
    "routes",
    "scripted",
    "simulate",
]
