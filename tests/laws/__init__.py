"""The laws of the engine, held by random graphs against a simple model."""
