"""Side-by-side benchmarks: ``python -m bench`` from the root of the repository."""
