"""An open knowledge graph and crosswalk engine for AI governance.

The rules every layer keeps (relations, status, coverage) are in ``docs/semantics.md``.
"""

__all__ = ["__version__"]

__version__ = "0.1.0"
