"""A report as PDF, drawn from its page: tagged for screen readers, with bookmarks.

Everything that is drawn is in the page itself; nothing is loaded but the fonts of the system.
"""

from __future__ import annotations

import hashlib
import re
from typing import NoReturn

from crosswalk.errors import UnavailableError
from crosswalk.report.html import render_html
from crosswalk.report.texts import ENGLISH, Texts
from crosswalk.report.values import Report

__all__ = ["render_pdf"]

VARIANT = "pdf/ua-1"
DEFS = re.compile(r"<defs>.*?</defs>", re.DOTALL)
HOLDER = re.compile(r'<svg class="defs".*?</svg>\s*', re.DOTALL)
PICTURE = re.compile(r"<svg\b(?![^>]*overflow)[^>]*>")
VARIABLE = re.compile(r"--([\w-]+):\s*(#[0-9a-f]{6})")
DRAWN = re.compile(
    r"^(?:svg )?\.[\w-]+(?:, (?:svg )?\.[\w-]+)* \{[^}]*\}|^svg text \{[^}]*\}", re.M
)
PAPER = """
details.fold > summary::after { content: none !important; }
summary { display: block; } details { display: block; }
"""


def render_pdf(report: Report, texts: Texts = ENGLISH) -> bytes:
    """Return a report as PDF; the same report and fonts give the same bytes.

    :param report: from :func:`crosswalk.report.build`.
    :raises UnavailableError: if the extra ``reports`` or the system's Pango is not there.

    .. seealso:: ISO 14289-1, PDF/UA
    """
    try:
        import weasyprint
    except ImportError:
        raise UnavailableError(
            "writing PDF needs WeasyPrint, which is not installed",
            remedy="Install the extra: pip install 'aigov-crosswalk[reports]'.",
        ) from None
    except OSError as error:
        raise UnavailableError(
            f"writing PDF needs the system's library Pango: {str(error).splitlines()[0]}",
            remedy="Install it: apt install libpango-1.0-0 libpangoft2-1.0-0.",
        ) from None
    page = _drawable(render_html(report, texts, paper=True), report)
    return bytes(
        weasyprint.HTML(string=page, base_url="about:blank", url_fetcher=_refused).write_pdf(
            pdf_variant=VARIANT,
            pdf_tags=True,
            pdf_identifier=hashlib.sha256(page.encode()).digest()[:16],
        )
    )


def _drawable(page: str, report: Report) -> str:
    """Return a page whose pictures each carry their own colours and patterns."""
    style = page[page.index("<style>") + 7 : page.index("</style>")]
    colours = dict(VARIABLE.findall(style.partition("@media")[0]))
    rules = "\n".join(DRAWN.findall(style.partition("@media (max-width")[0]))
    for name, colour in colours.items():
        rules = rules.replace(f"var(--{name})", colour)
    rules = rules.replace("svg ", "")
    patterns = DEFS.search(page)
    inside = f"<style>{rules}</style>{patterns[0] if patterns else ''}"
    page = HOLDER.sub("", page)
    page = PICTURE.sub(lambda found: found[0] + inside, page)
    day = f'<meta name="dcterms.created" content="{report.as_of}">'
    return page.replace("</style>\n</head>", f"{PAPER}</style>\n{day}\n</head>", 1)


def _refused(url: str, *_: object, **__: object) -> NoReturn:
    raise ValueError(f"a report loads nothing: {url}")
