"""The command ``crosswalk``: one verb for each function, tables for people, JSON and CSV for tools.

This is the only room that prints.
"""

from crosswalk.cli.app import main

__all__ = ["main"]
