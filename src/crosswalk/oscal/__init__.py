"""The Open Security Controls Assessment Language as a format: its models, words and ids.

Nothing here knows a graph. Reading an OSCAL document into an organisation's graph is a matter of
``intake``; writing one from a graph, of ``exchange`` and ``report``.

.. seealso:: NIST, OSCAL 1.2, https://pages.nist.gov/OSCAL/
"""

from crosswalk.oscal.elements import from_xml
from crosswalk.oscal.names import MODELS, VERSION, moment, one_line, plain, token, uuid_of
from crosswalk.oscal.required import Fault, faults

__all__ = [
    "MODELS",
    "VERSION",
    "Fault",
    "faults",
    "from_xml",
    "moment",
    "one_line",
    "plain",
    "token",
    "uuid_of",
]
