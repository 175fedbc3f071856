"""Every scenario by name."""

from . import chains, fans, growth, juncture, states

SCENARIOS = {
    scenario.name: scenario
    for module in (chains, fans, states, juncture, growth)
    for scenario in module.SCENARIOS
}
