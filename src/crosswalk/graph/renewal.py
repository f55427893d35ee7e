"""A process that puts the store of an organisation on new public knowledge, and ends.

It is a process because copying the organisation's own graphs would hold up the service.
"""

from __future__ import annotations

import os
from pathlib import Path

from crosswalk.errors import CrosswalkError
from crosswalk.graph import upkeep, wire
from crosswalk.graph.checkpoints import Home

__all__ = ["main"]


def main() -> None:
    """Renew the store that the service named, and tell it how that went."""
    line, config = wire.attached()
    try:
        upkeep.renew(
            Home(Path(config["directory"])),
            Path(config["base"]),
            keep=config["keep"],
            knowledge=config["knowledge"],
        )
        line.tell(wire.COMMITTED)
    except CrosswalkError as error:
        line.tell(wire.ERROR, **wire.facts_of(error))
    except (OSError, RuntimeError, ValueError) as error:
        line.tell(wire.ERROR, code="disk", message=str(error))
    os._exit(0)


if __name__ == "__main__":
    main()
