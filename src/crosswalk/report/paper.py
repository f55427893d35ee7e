"""A report as PDF, drawn from its page: tagged for screen readers, with bookmarks.

Everything that is drawn is in the page itself; nothing is loaded but the fonts of the system.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any, NoReturn

from crosswalk.errors import NotInstalledError
from crosswalk.report.html import render_html
from crosswalk.report.texts import ENGLISH, Texts
from crosswalk.report.values import Report

__all__ = ["render_pdf"]

VARIANT = "pdf/ua-1"
DEFS = re.compile(r"<defs>.*?</defs>", re.DOTALL)
HOLDER = re.compile(r'<svg class="defs".*?</svg>\s*', re.DOTALL)
PICTURE = re.compile(r"<svg\b(?![^>]*overflow)[^>]*>")
VARIABLE = re.compile(r"--([\w-]+):\s*(#[0-9a-f]{6})")
RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
FILLED = re.compile(r'<rect ([^>]*?)fill="url\(#pat-(\w+)\)"([^>]*)/>')
CLASS = re.compile(r'class="[^"]*" ?')
PLOT = re.compile(r'<svg height="(\d+)"( role="img" aria-labelledby="ob-.*?\n</svg>)', re.DOTALL)
SHARE = re.compile(r'="([\d.]+)%"')
MARK = re.compile(r'<svg x="([\d.]+)" y="([\d.]+)"[^>]*>(.*?)</svg>')
WIDTH = 311
"""Width of a plot on paper, in pixels."""

FONTS = '"Liberation Sans", Arial, sans-serif'
PAPER = """
details.fold > summary::after { content: none !important; }
summary { display: block; } details { display: block; }
details details:not(.print) > summary { break-after: auto; }
"""


def render_pdf(report: Report, texts: Texts = ENGLISH) -> bytes:
    """Return a report as PDF; the same report and fonts give the same bytes.

    :param report: from :func:`crosswalk.report.build`.
    :raises NotInstalledError: if the extra ``reports`` or the system's Pango is not there.

    .. seealso:: ISO 14289-1, PDF/UA
    """
    try:
        import weasyprint
    except ImportError:
        raise NotInstalledError(
            "writing PDF needs WeasyPrint, which is not installed",
            remedy="Install the extra: pip install 'aigov-crosswalk[reports]'.",
        ) from None
    except OSError as error:
        raise NotInstalledError(
            f"writing PDF needs the system's library Pango: {str(error).splitlines()[0]}",
            remedy="Install it: apt install libpango-1.0-0 libpangoft2-1.0-0.",
        ) from None
    page = _drawable(render_html(report, texts, paper=True), report)
    return bytes(
        weasyprint.HTML(string=page, base_url="about:blank", url_fetcher=_refused).write_pdf(
            pdf_variant=VARIANT,
            pdf_tags=True,
            pdf_identifier=hashlib.sha256(page.encode()).digest()[:16],
            finisher=_numbered,
        )
    )


def _drawable(page: str, report: Report) -> str:
    """Return a page whose pictures each carry their own colours and patterns."""
    style = page[page.index("<style>") + 7 : page.index("</style>")]
    rules = _rules_of_pictures(style.partition("@media (max-width")[0])
    patterns = DEFS.search(page)
    inside = (
        "<style>"
        + "".join(f"{selector}{{{body}}}" for selector, body in rules)
        + f"text{{font-family:{FONTS}}}</style>{patterns[0] if patterns else ''}"
    )
    colours = {
        name.strip(): body.partition("fill:")[2].partition(";")[0].strip()
        for selector, body in rules
        for name in selector.split(",")
    }

    def grounded(found: re.Match[str]) -> str:
        """Return a patterned rectangle on a plain one, so that no seams of tiles are seen."""
        plain = CLASS.sub("", f"{found[1]}{found[3]}")
        return f'<rect {plain} fill="{colours[".f-" + found[2]]}"/>{found[0]}'

    page = HOLDER.sub("", page)
    page = PLOT.sub(_measured, page)
    page = FILLED.sub(grounded, page)
    page = PICTURE.sub(lambda found: found[0] + inside, page)
    day = f'<meta name="dcterms.created" content="{report.as_of}">'
    page = page.replace("@media print, (min-width: 46.01rem)", "@media print")
    return page.replace("</style>\n</head>", f"{PAPER}</style>\n{day}\n</head>", 1)


def _measured(found: re.Match[str]) -> str:
    """Return a plot with lengths for shares: WeasyPrint loses the width inside a picture."""
    drawn = SHARE.sub(lambda one: f'="{float(one[1]) * WIDTH / 100:.2f}"', found[2])
    drawn = MARK.sub(r'<g transform="translate(\1 \2)">\3</g>', drawn)
    return f'<svg viewBox="0 0 {WIDTH} {found[1]}"{drawn}'


def _rules_of_pictures(style: str) -> list[tuple[str, str]]:
    """Return the rules of a style that draw pictures, in light colours."""
    light, _, rest = style.partition("@media screen")
    colours = dict(VARIABLE.findall(light))
    return [
        (
            selector.strip().replace("svg ", ""),
            re.sub(r"var\(--([\w-]+)\)", lambda one: colours[one[1]], body).strip(),
        )
        for selector, body in RULE.findall(rest)
        if ("fill:" in body or "stroke:" in body)
        and "{" not in selector
        # WeasyPrint paints a stroke over its text, whatever the order that is asked for.
        and "paint-order" not in body
    ]


def _numbered(_: object, pdf: Any) -> None:  # noqa: ANN401 - of a library without types
    """Name the headings of tables by their order; WeasyPrint takes addresses of memory."""
    names: dict[object, str] = {}
    for one in pdf.objects:
        if isinstance(one, dict) and "ID" in one and one.get("Type") == "/StructElem":
            name = one["ID"].string
            one["ID"].string = names.setdefault(name, f"h{len(names) + 1}")
    for one in pdf.objects:
        if isinstance(one, dict) and "A" in one and isinstance(one["A"], dict):
            for header in one["A"].get("Headers", ()):
                header.string = names.get(header.string, header.string)


def _refused(url: str, *_: object, **__: object) -> NoReturn:
    raise ValueError(f"a report loads nothing: {url}")
