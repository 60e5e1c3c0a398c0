"""Sucharit's pipeline, in the order in which data flows: see docs/architecture.md."""

import os

__version__ = "0.1.0"

# The products of matching are small (80 x 80): threads of numpy's linear algebra only wait for each other, at
# twice the CPU. Read when numpy is imported first, and by the processes that this one starts.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
