"""Growth: what a superstep or a task costs as graphs get larger.  anystep alone."""

from .chains import chain
from .fans import asend, send
from .scenario import Scenario

CHAIN_SIZES = (100, 1000, 10_000, 100_000)
SEND_SIZES = (1000, 10_000)

#: Largest cost of a unit divided by the smallest one, per curve.
LIMITS = {"growth_chain": 1.3, "growth_send": 1.5, "growth_send_async": 1.5}

SCENARIOS = (
    *(Scenario(f"growth_chain_{n}", chain, n, "step", peer=False) for n in CHAIN_SIZES),
    *(Scenario(f"growth_send_{n}", send, n, "task", peer=False) for n in SEND_SIZES),
    *(
        Scenario(f"growth_send_async_{n}", asend, n, "task", is_async=True, peer=False)
        for n in SEND_SIZES
    ),
)
