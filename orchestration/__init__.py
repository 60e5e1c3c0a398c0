"""Sucharit's pipeline, in the order in which data flows: see docs/architecture.md."""

__version__ = "0.1.0"
