"""What a bill of materials lists, in whichever of its formats it is written.

CycloneDX 1.4 to 1.7 as JSON and XML, SPDX 2.2 and 2.3 as JSON, YAML and tag-value, SPDX 3.0 as
JSON-LD. Read here and not by the formats' own libraries: they validate, and refuse bills that are
only a little wrong; that of CycloneDX drops model cards, and that of SPDX does not read 3.0.

.. seealso:: ECMA-424, CycloneDX; ISO/IEC 5962:2021 and SPDX 3.0
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from crosswalk.errors import DataError
from crosswalk.intake.opening import json_of, text_of, xml_of, yaml_of
from crosswalk.intake.reading import Source

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["DATASET", "MODEL", "Bill", "Component", "Metric", "bill_of"]

MODEL, DATASET = "model", "dataset"
CYCLONEDX = ("1.4", "1.5", "1.6", "1.7")
SPDX = ("SPDX-2.2", "SPDX-2.3")
UNSAID = frozenset(("", "none", "noassertion"))
LINE = re.compile(r"\s*([A-Za-z][\w.]*)\s*:\s?(.*)")


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure that a bill gives of a model; ``slice`` is the part of the data it holds for."""

    place: str
    name: str
    value: object
    slice: str = ""


@dataclass(frozen=True, slots=True)
class Component:
    """One component.

    :param kind: ``model``, ``dataset``, or the word of the bill: ``library``, ``package``, …
    :param hashes: algorithm and digest, each as it is written.
    :param uses: the references of what it was made from or tested with.
    :param notes: what is said of it: lead and text.
    """

    place: str
    kind: str
    name: str
    version: str = ""
    supplier: str = ""
    ref: str = ""
    identifier: str = ""
    hashes: tuple[tuple[str, str], ...] = ()
    licences: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    metrics: tuple[Metric, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Bill:
    """A bill of materials.

    :param created: the day that it says it was made, as YYYY-MM-DD; empty if it says none.
    :param asides: place → what stands there that is not read.
    :param faults: place, offence and way out of what is broken.
    """

    form: str
    name: str = ""
    supplier: str = ""
    created: str = ""
    components: list[Component] = field(default_factory=list)
    asides: dict[str, str] = field(default_factory=dict)
    faults: list[tuple[str, str, str]] = field(default_factory=list)

    def fault(self, place: str, offence: str, remedy: str) -> None:
        """Note what is broken."""
        self.faults.append((place, offence, remedy))


def bill_of(source: Source) -> Bill:
    """Return what a bill of materials lists.

    :raises DataError: if it is in no format or version that is read, or cannot be opened.

    >>> text = (b'{"bomFormat": "CycloneDX", "specVersion": "1.6", '
    ...         b'"components": [{"type": "library", "name": "numpy"}]}')
    >>> bill = bill_of(Source("a.json", text, "acme", date(2026, 11, 20)))
    >>> bill.form, [one.name for one in bill.components]
    ('CycloneDX 1.6', ['numpy'])
    """
    text = text_of(source)
    head = text.lstrip()[:1]
    if head == "<":
        return _xml(source)
    if head in ("{", "["):
        return _object(source, json_of(source))
    if re.search(r"^\s*SPDXVersion\s*:", text, re.MULTILINE):
        return _spdx2(source, _tag_value(text, source))
    return _object(source, yaml_of(source))


def _object(source: Source, said: object) -> Bill:
    if isinstance(said, dict):
        if said.get("bomFormat") == "CycloneDX":
            return _cyclonedx(source, said, str(said.get("specVersion")))
        if "spdxVersion" in said:
            return _spdx2(source, said)
        if isinstance(said.get("@graph"), list):
            return _spdx3(source, said["@graph"])
        if _word(said.get("specVersion")) and "components" in said:
            raise DataError(
                "does not say that it is CycloneDX",
                place=source.name,
                remedy='Add "bomFormat": "CycloneDX".',
            )
    raise _unknown(source)


def _unknown(source: Source) -> DataError:
    return DataError(
        "is no bill of materials that is read",
        place=source.name,
        remedy="Send CycloneDX 1.4 to 1.7 (JSON, XML), SPDX 2.2 or 2.3 (JSON, YAML, tag-value) "
        "or SPDX 3.0 (JSON-LD).",
    )


def _version(source: Source, form: str, said: str, known: tuple[str, ...]) -> None:
    if said not in known:
        raise DataError(
            f"is {form} {said[:40]!r}, which is not read",
            place=source.name,
            remedy=f"Read are {', '.join(known)}.",
        )


def _word(value: object) -> str:
    """Return a text without the space at its ends; empty if it is none."""
    return " ".join(value.split()) if isinstance(value, str) else ""


def _words(value: object) -> list[str]:
    found = value if isinstance(value, list) else [value]
    return [text for one in found if (text := _word(one))]


def _day(value: object) -> str:
    """Return the day of a moment, as it is written there."""
    text = _word(value)[:10]
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return ""


def _sub(said: object, *path: str) -> Any:  # noqa: ANN401 - JSON has no one type
    """Return what stands under keys in objects, or None."""
    for key in path:
        said = said.get(key) if isinstance(said, dict) else None
    return said


def _items(bill: Bill, place: str, said: object) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the objects of a list with their places; what is none is a fault."""
    if said is None:
        return
    if not isinstance(said, list):
        bill.fault(place, "is no list", "Write a list of objects.")
        return
    for n, one in enumerate(said):
        if isinstance(one, dict):
            yield f"{place}/{n}", one
        else:
            bill.fault(f"{place}/{n}", "is no object", "Write it as an object.")


# CycloneDX

BESIDES = (
    "dependencies",
    "compositions",
    "vulnerabilities",
    "annotations",
    "formulation",
    "declarations",
    "definitions",
    "citations",
    "patents",
    "externalReferences",
    "properties",
    "signature",
)
NOTES = (
    ("Intended users", "users"),
    ("Intended use", "useCases"),
    ("Limitations", "technicalLimitations"),
    ("Trade-offs of performance", "performanceTradeoffs"),
)


def _cyclonedx(source: Source, said: dict[str, Any], version: str) -> Bill:
    _version(source, "CycloneDX", version, CYCLONEDX)
    bill = Bill(f"CycloneDX {version}")
    about = _sub(said, "metadata")
    subject = _sub(about, "component")
    bill.created = _day(_sub(about, "timestamp"))
    bill.supplier = _supplier(about) or _supplier(subject)
    if isinstance(subject, dict):
        group = _word(subject.get("group"))
        bill.name = " ".join(
            filter(None, (group, _word(subject.get("name")), _word(subject.get("version"))))
        )
        if subject.get("type") == "machine-learning-model":
            _component(bill, "/metadata/component", subject)
        else:
            for place, one in _items(
                bill, "/metadata/component/components", subject.get("components")
            ):
                _component(bill, place, one)
    for place, one in _items(bill, "/components", said.get("components")):
        _component(bill, place, one)
    _services(bill, "/services", said.get("services"))
    _leave(bill, said, BESIDES)
    return bill


def _leave(bill: Bill, said: dict[str, Any], keys: tuple[str, ...]) -> None:
    """Note what a bill holds under keys that are not read."""
    for key in keys:
        if held := said.get(key):
            count = len(held) if isinstance(held, list) else 1
            bill.asides[f"/{key}"] = f"{count} {'entry' if count == 1 else 'entries'}"


def _services(bill: Bill, place: str, said: object) -> None:
    for where, one in _items(bill, place, said):
        provider = _word(_sub(one, "provider", "name"))
        bill.components.append(Component(where, "service", _word(one.get("name")), "", provider))
        _services(bill, f"{where}/services", one.get("services"))


def _supplier(said: object) -> str:
    """Return who supplies: the supplier, else the manufacturer, else the publisher."""
    for path in (("supplier", "name"), ("manufacturer", "name"), ("publisher",)):
        if found := _word(_sub(said, *path)):
            return found
    return ""


def _component(bill: Bill, place: str, said: dict[str, Any]) -> None:
    kind = _word(said.get("type"))
    name = _word(said.get("name"))
    if not kind or not name:
        lack = "type" if name else "name"
        bill.fault(place, f"has no {lack}", f"Give it a {lack}; each component has one.")
        return
    card = said.get("modelCard")
    uses: list[str] = []
    inline: list[Component] = []
    for where, one in _items(
        bill,
        f"{place}/modelCard/modelParameters/datasets",
        _sub(card, "modelParameters", "datasets"),
    ):
        if ref := _word(one.get("ref")):
            uses.append(ref)
        elif _word(one.get("name")):
            uses.append(where)
            inline.append(_dataset(where, one))
        else:
            bill.fault(where, "names no data set", "Give it a name, or a ref to a component.")
    metrics = tuple(
        Metric(where, _word(one.get("type")), one.get("value"), _word(one.get("slice")))
        for where, one in _items(
            bill,
            f"{place}/modelCard/quantitativeAnalysis/performanceMetrics",
            _sub(card, "quantitativeAnalysis", "performanceMetrics"),
        )
    )
    if kind == "machine-learning-model":
        kind = MODEL
    elif kind == "data" and any(
        _sub(one, "type") == "dataset" for one in said.get("data") or [] if isinstance(one, dict)
    ):
        kind = DATASET
    bill.components.append(
        Component(
            place,
            kind,
            " ".join(filter(None, (_word(said.get("group")), name))),
            _word(said.get("version")),
            _supplier(said),
            _word(said.get("bom-ref")) or place,
            _word(said.get("purl")),
            tuple(
                (_word(one.get("alg")), _word(one.get("content")))
                for _, one in _items(bill, f"{place}/hashes", said.get("hashes"))
            ),
            tuple(_licences(bill, f"{place}/licenses", said.get("licenses"))),
            tuple(uses),
            metrics,
            tuple(_considerations(said, card)),
        )
    )
    bill.components.extend(inline)
    for where, one in _items(bill, f"{place}/components", said.get("components")):
        _component(bill, where, one)


def _dataset(place: str, said: dict[str, Any]) -> Component:
    return Component(
        place,
        DATASET,
        _word(said.get("name")),
        ref=place,
        identifier=_word(_sub(said, "contents", "url")),
        notes=tuple(("Description", one) for one in _words(said.get("description"))),
    )


def _licences(bill: Bill, place: str, said: object) -> Iterator[str]:
    for _, one in _items(bill, place, said):
        held = one.get("license")
        yield from _words(_sub(held, "id") or _sub(held, "name"))
        yield from _words(one.get("expression"))


def _considerations(said: dict[str, Any], card: object) -> Iterator[tuple[str, str]]:
    for text in _words(said.get("description")):
        yield "Description", text
    about = _sub(card, "considerations")
    for lead, key in NOTES:
        for text in _words(_sub(about, key)):
            yield lead, text
    for key, lead in (
        ("ethicalConsiderations", "Ethical risk"),
        ("fairnessAssessments", "Fairness"),
    ):
        held = _sub(about, key)
        for one in held if isinstance(held, list) else []:
            texts = [f"{name}: {text}" for name, text in _texts(one)]
            if texts:
                yield lead, "; ".join(texts)


def _texts(said: object) -> Iterator[tuple[str, str]]:
    for key, value in said.items() if isinstance(said, dict) else ():
        if text := _word(value):
            yield re.sub(r"(?<=[a-z])(?=[A-Z])", " ", key).casefold(), text


# CycloneDX as XML: read as its JSON is

LISTS = frozenset(
    (
        "components",
        "services",
        "hashes",
        "datasets",
        "performanceMetrics",
        "users",
        "useCases",
        "technicalLimitations",
        "performanceTradeoffs",
        "ethicalConsiderations",
        "fairnessAssessments",
        *BESIDES,
    )
)
"""Elements that hold a list."""


def _xml(source: Source) -> Bill:
    root = xml_of(source)
    found = re.fullmatch(r"\{http://cyclonedx\.org/schema/bom/([\d.]+)\}bom", root.tag)
    if found is None:
        raise _unknown(source)
    own = root.tag.removesuffix("bom")
    foreign = [
        (one, part)
        for one in root.iter()
        if one.tag.startswith(own)
        for part in one
        if not part.tag.startswith(own)
    ]
    for one, part in foreign:
        one.remove(part)
    said = _as_json(root)
    bill = _cyclonedx(source, said if isinstance(said, dict) else {}, found[1])
    _leave(bill, {"extensions": [part for _, part in foreign]}, ("extensions",))
    return bill


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _as_json(element: Element) -> Any:  # noqa: ANN401 - JSON has no one type
    """Return an element as the JSON format has it."""
    name = _local(element)
    if name == "licenses":
        return [{_local(one): _as_json(one)} for one in element]
    if name in LISTS:
        return [_as_json(one) for one in element]
    text = (element.text or "").strip()
    if not len(element):
        if name == "hash":
            return {**element.attrib, "content": text}
        return {**element.attrib, "name": text} if element.attrib and not text else text
    held: dict[str, Any] = dict(element.attrib)
    for one in element:
        key, value = _local(one), _as_json(one)
        if key == "data":
            held.setdefault("data", []).append(value)
        else:
            held.setdefault(key, value)
    return held


# SPDX 2


def _spdx2(source: Source, said: dict[str, Any]) -> Bill:
    _version(source, "SPDX", str(said.get("spdxVersion")), SPDX)
    bill = Bill(str(said["spdxVersion"]).replace("-", " "), name=_word(said.get("name")))
    bill.created = _day(_sub(said, "creationInfo", "created"))
    for place, one in _items(bill, "/packages", said.get("packages")):
        name = _word(one.get("name"))
        if not name:
            bill.fault(place, "has no name", "Give it a name; each package has one.")
            continue
        bill.components.append(
            Component(
                place,
                _word(one.get("primaryPackagePurpose")).casefold() or "package",
                name,
                _word(one.get("versionInfo")),
                _party(one.get("supplier")) or _party(one.get("originator")),
                _word(one.get("SPDXID")) or place,
            )
        )
    _leave(bill, said, tuple(COUNTED.values()))
    return bill


def _party(value: object) -> str:
    """Return the name of who supplies, without what kind of party it is and without its mail.

    >>> _party("Organization: Example (info@example.org)")
    'Example'
    """
    text = _word(value)
    found = re.fullmatch(r"(?:organization|person)\s*:\s*(.*?)(?:\s*\([^()]*\))?", text, re.I)
    text = found[1] if found else text
    return "" if text.casefold() in UNSAID else text


TAGS = {
    "PackageVersion": "versionInfo",
    "PackageSupplier": "supplier",
    "PackageOriginator": "originator",
    "PrimaryPackagePurpose": "primaryPackagePurpose",
}
COUNTED = {
    "FileName": "files",
    "SnippetSPDXID": "snippets",
    "Relationship": "relationships",
    "LicenseID": "hasExtractedLicensingInfos",
    "Annotator": "annotations",
    "ExternalDocumentRef": "externalDocumentRefs",
    "Reviewer": "revieweds",
}


def _tag_value(text: str, source: Source) -> dict[str, Any]:
    """Return a tag-value document as the JSON format has it, as far as it is read."""
    said: dict[str, Any] = {"creationInfo": {}, "packages": []}
    counts: Counter[str] = Counter()
    package: dict[str, Any] | None = None
    lines = enumerate(text.splitlines(), 1)
    for number, line in lines:
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = LINE.fullmatch(line)
        if found is None:
            raise DataError(
                f"{line.strip()[:80]!r} is no tag with a value",
                place=f"{source.name}:{number}",
                remedy="Write Tag: value, and text of several lines in <text>…</text>.",
            )
        tag, value = found[1], found[2].strip()
        if value.startswith("<text>"):
            while "</text>" not in value:
                following = next(lines, None)
                if following is None:
                    raise DataError(
                        "has a <text> that does not end",
                        place=f"{source.name}:{number}",
                        remedy="Close it with </text>.",
                    )
                value += "\n" + following[1]
            value = value.removeprefix("<text>").partition("</text>")[0]
        if tag == "PackageName":
            package = {"name": value}
            said["packages"].append(package)
        elif tag in COUNTED:
            counts[COUNTED[tag]] += 1
            package = None if tag in ("FileName", "SnippetSPDXID", "LicenseID") else package
        elif tag == "SPDXVersion":
            said["spdxVersion"] = value
        elif tag == "DocumentName":
            said["name"] = value
        elif tag == "Created":
            said["creationInfo"]["created"] = value
        elif package is not None and tag in TAGS:
            package[TAGS[tag]] = value
        elif package is not None and tag == "SPDXID":
            package["SPDXID"] = value
    for key, count in counts.items():
        said[key] = [{}] * count
    return said


# SPDX 3

AGENTS = frozenset(("Agent", "Organization", "Person", "SoftwareAgent"))
PARTS = {"ai_AIPackage": MODEL, "dataset_DatasetPackage": DATASET, "software_Package": "package"}
MADE_FROM = frozenset(("trainedOn", "finetunedOn", "testedOn", "pretrainedOn", "validatedOn"))
LICENSED = frozenset(("hasDeclaredLicense", "hasConcludedLicense"))
TEXTS = (
    ("Description", "description"),
    ("Intended use", "ai_informationAboutApplication"),
    ("Intended use", "dataset_intendedUse"),
    ("Limitations", "ai_limitation"),
    ("Training", "ai_informationAboutTraining"),
    ("Known bias", "dataset_knownBias"),
)


def _spdx3(source: Source, graph: list[Any]) -> Bill:
    bill = Bill("SPDX 3.0")
    elements = [
        (f"/@graph/{n}", one, _word(one.get("type") or one.get("@type")))
        for n, one in enumerate(graph)
        if isinstance(one, dict)
    ]
    by_id = {_id(one): (kind, one) for _, one, kind in elements}
    made = [one for _, one, kind in elements if kind == "CreationInfo"]
    if not made:
        raise _unknown(source)
    for one in made:
        version = _word(one.get("specVersion"))
        if not re.fullmatch(r"3\.0(\.\d+)?", version):
            _version(source, "SPDX", version, ("3.0", "3.0.0", "3.0.1"))
    bill.created = max(_day(one.get("created")) for one in made)
    names = {ref: _word(one.get("name")) for ref, (_, one) in by_id.items()}
    bill.name = next(
        (
            names[ref]
            for wanted in ("SpdxDocument", "software_Sbom", "Bom")
            for ref, (kind, one) in by_id.items()
            if kind == wanted and names[ref]
        ),
        "",
    )
    uses: dict[str, list[str]] = {}
    licences: dict[str, list[str]] = {}
    left: Counter[str] = Counter()
    for _, one, kind in elements:
        if not kind.endswith("Relationship"):
            continue
        what, origin = _word(one.get("relationshipType")), _word(one.get("from"))
        if what in MADE_FROM:
            uses.setdefault(origin, []).extend(_words(one.get("to")))
        elif what in LICENSED:
            for target in _words(one.get("to")):
                held = by_id.get(target, ("", {}))[1]
                said = _word(held.get("simplelicensing_licenseExpression")) or _word(
                    held.get("name")
                )
                said = said or target.rpartition("/")[2]
                if said.casefold() not in UNSAID:
                    licences.setdefault(origin, []).append(said)
        else:
            left["Relationship"] += 1
    for place, one, kind in elements:
        if kind not in PARTS:
            if not kind.endswith("Relationship"):
                left[kind or "no type"] += 1
            continue
        name, ref = _word(one.get("name")), _id(one)
        if not name:
            bill.fault(place, f"{kind} has no name", "Give it a name.")
            continue
        parties = [
            found
            for key in ("suppliedBy", "originatedBy")
            for target in _words(one.get(key))
            if (found := names.get(target, ""))
        ]
        bill.components.append(
            Component(
                place,
                PARTS[kind],
                name,
                _word(one.get("software_packageVersion")),
                parties[0] if parties else "",
                ref,
                _word(one.get("software_packageUrl"))
                or _word(one.get("software_downloadLocation")),
                tuple(
                    (_word(held.get("algorithm")), _word(held.get("hashValue")))
                    for _, held in _items(bill, f"{place}/verifiedUsing", one.get("verifiedUsing"))
                    if held.get("hashValue")
                ),
                tuple(dict.fromkeys(licences.get(ref, []))),
                tuple(uses.get(ref, [])),
                tuple(
                    Metric(where, _word(held.get("key")), held.get("value"))
                    for where, held in _items(bill, f"{place}/ai_metric", one.get("ai_metric"))
                ),
                tuple((lead, text) for lead, key in TEXTS for text in _words(one.get(key))),
            )
        )
    for kind, count in sorted(left.items()):
        if kind not in AGENTS:
            bill.asides[f"/@graph, {kind}"] = f"{count} elements"
    if not any(kind in PARTS for _, _, kind in elements) and not left:
        raise _unknown(source)
    return bill


def _id(said: dict[str, Any]) -> str:
    return _word(said.get("spdxId")) or _word(said.get("@id"))
