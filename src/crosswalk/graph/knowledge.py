"""What a dataset is filled with: the shipped knowledge, further knowledge, and evidence.

Named graphs: ``ontology/{v}``, ``framework/{edition}``, ``mappings/{set}/{v}``,
``org/{org}/evidence``, ``org/{org}/assessment`` and ``meta``. The knowledge as a whole is cached
as TriG under the hash of its files, so that a one-shot verb parses one file.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pyoxigraph as ox

from crosswalk import __version__, frameworks, resources, settings, sssom
from crosswalk.errors import DataError, MappingError, UsageError, nearest
from crosswalk.graph import cache, placing, stored
from crosswalk.graph.dataset import FORMATS, Dataset, Source, syntax_error
from crosswalk.graph.records import holds_evidence
from crosswalk.graph.told import Told
from crosswalk.models import Mapping, MappingSet
from crosswalk.namespaces import BASE, cw, edition_iri, expand, graph_iri
from crosswalk.sssom import PREDICATE, SUFFIX
from crosswalk.sssom import discover as discover_sets

__all__ = [
    "ASSESSMENT_CLASSES",
    "as_written",
    "fingerprint",
    "load_data",
    "load_knowledge",
    "mapping_quads",
    "open_dataset",
    "parsed",
    "placed",
    "require_date",
    "set_files",
    "streamed",
]

RDF_TYPE = ox.NamedNode(expand("rdf:type"))
XSD_DATE = ox.NamedNode(expand("xsd:date"))
XSD_INTEGER = ox.NamedNode(expand("xsd:integer"))
XSD_DECIMAL = ox.NamedNode(expand("xsd:decimal"))
ASSESSMENT_CLASSES = {cw("Assessment"), cw("AssessmentResult"), cw("InferenceAcceptance")}


class _File(NamedTuple):
    """One file of the knowledge: the graph it goes to, its bytes and their hash."""

    graph: str
    path: Path
    data: bytes
    digest: str


def open_dataset(
    data: Sequence[str | Path] = (),
    *,
    knowledge: Sequence[Path] = (),
    shipped: bool = True,
    sets: bool = True,
    skip_bad: bool = False,
    store: str | Path | None = None,
) -> Dataset:
    """Return a dataset with the knowledge and the given evidence.

    It is in memory, unless it is all of one store: then that store is asked.

    :param data: files or directories of evidence, stores: directories or SPARQL addresses.
    :param knowledge: directories laid out as ours: ``frameworks/*.ttl``, ``mappings/*.sssom.tsv``.
    :param shipped: whether the shipped frameworks and mapping sets are part of it.
    :param sets: whether the mapping sets are part of it.
    :param skip_bad: whether a foreign mapping set is loaded without its bad rows; else it is
        refused. ``dataset.refused`` says which rows and why.
    :param store: the store that holds the knowledge, in place of ours.
    :raises DataError: if a file is broken; then nothing is returned.

    >>> len(open_dataset().graphs()) > 10
    True
    """
    if store is not None:
        if knowledge or not shipped:
            raise UsageError(
                "a store brings its own knowledge",
                place="--store",
                remedy="Leave --knowledge and --no-shipped out, or the store.",
            )
        dataset = stored.chosen_store(store)
    else:
        whole = stored.self_contained(data) if shipped and not knowledge else None
        if whole is not None:
            return whole
        dataset = Dataset()
        load_knowledge(dataset, knowledge=knowledge, shipped=shipped, sets=sets, skip_bad=skip_bad)
    stores = [one for one in data if stored.is_store(one)]
    files = [one for one in data if one not in stores]
    if files:
        load_data(dataset, files)
    for one in stores:
        stored.add_evidence(dataset, one)
    return dataset


def set_files(knowledge: Sequence[Path], *, shipped: bool) -> list[Path]:
    """Return the files of the mapping sets that belong to the knowledge."""
    files = discover_sets(resources.mappings_dir()) if shipped else []
    for directory in knowledge:
        files += discover_sets(directory / "mappings")
    return files


def load_knowledge(
    dataset: Dataset,
    *,
    knowledge: Sequence[Path] = (),
    shipped: bool = True,
    sets: bool = True,
    skip_bad: bool = False,
) -> None:
    """Load the ontology, the editions and the mapping sets into a dataset.

    A row of a foreign set is refused if it cannot be read, or if it names a provision that a
    carried edition does not have; one refused row refuses its file, unless ``skip_bad``. With
    ``shipped=False`` our mapping sets are left out, and of our editions only those are read
    that a foreign mapping set names and no directory brings.

    :raises DataError: if a file is broken, or a directory brings an edition that is shipped.
    """
    contents, key = _contents(knowledge, shipped=shipped, sets=sets)
    dataset.sources += [Source(str(one.path), one.digest, one.graph) for one in contents]
    if shipped and not knowledge:
        _load_ours(dataset, contents)
        return
    kept = cache.read(key)
    if kept is not None and dataset.restore(kept):
        return
    for graph, path, data, _ in contents:
        if path.name.endswith(SUFFIX):
            ours = path.parent == resources.mappings_dir()
            extra = frameworks.brought(knowledge)
            held = (
                sssom.read(path, extra_prefixes=extra)
                if ours
                else _foreign(dataset, path, extra, skip_bad=skip_bad)
            )
            dataset.add(mapping_quads(held))
        else:
            dataset.load(data, format=ox.RdfFormat.TURTLE, graph=graph, place=str(path))
            if graph.startswith(graph_iri("framework", "")):
                _require_key(dataset, graph, path)
    dataset.add(_meta(contents))
    if not dataset.refused and cache.directory() is not None:
        cache.write(key, dataset.store.dump(format=ox.RdfFormat.TRIG) or b"")


def _load_ours(dataset: Dataset, contents: Sequence[_File]) -> None:
    """Load the shipped knowledge: the catalogue into the store, the mapping sets beside it."""
    sets = [one for one in contents if one.path.name.endswith(SUFFIX)]
    catalogue = [one for one in contents if one not in sets]
    key = _key(catalogue, "catalogue")
    kept = cache.read(key)
    if kept is None or not dataset.restore(kept):
        for graph, path, data, _ in catalogue:
            dataset.load(data, format=ox.RdfFormat.TURTLE, graph=graph, place=str(path))
            if graph.startswith(graph_iri("framework", "")):
                _require_key(dataset, graph, path)
        if cache.directory() is not None:
            cache.write(key, dataset.store.dump(format=ox.RdfFormat.TRIG) or b"")
    dataset.add(_meta(contents))
    if sets:
        files = tuple((one.path, one.digest) for one in sets)
        dataset.tell(Told(files, sssom.read, mapping_quads))


def fingerprint(
    *,
    knowledge: Sequence[Path] = (),
    shipped: bool = True,
    sets: bool = True,
    skip_bad: bool = False,
) -> str:
    """Return a hash of the files that the knowledge is made of, and of how it is made of them.

    >>> fingerprint() == fingerprint(skip_bad=True)
    False
    """
    return f"{_contents(knowledge, shipped=shipped, sets=sets)[1]}-{int(skip_bad)}"


def _contents(knowledge: Sequence[Path], *, shipped: bool, sets: bool) -> tuple[list[_File], str]:
    """Return all that is to be loaded, and the hash of that."""
    for directory in knowledge:
        _require_knowledge(directory)
    contents = []
    for graph, path in _plan(knowledge, shipped=shipped, sets=sets):
        data = _bytes(path)
        contents.append(_File(graph, path, data, hashlib.sha256(data).hexdigest()))
    return contents, _key(contents, "knowledge")


def _key(contents: Iterable[_File], of: str) -> str:
    """Return the key under which what is made of some files is kept."""
    named = [(f"{one.graph} {one.path.name}", one.digest.encode()) for one in contents]
    return cache.key_of([(of, b""), *named])


def _require_knowledge(directory: Path) -> None:
    if not directory.is_dir():
        raise UsageError(f"{str(directory)!r} is not a directory", place="--knowledge")
    if not (directory / "frameworks").is_dir() and not (directory / "mappings").is_dir():
        raise DataError(
            "holds neither frameworks/ nor mappings/",
            place=str(directory),
            remedy="Lay it out as ours: frameworks/*.ttl, mappings/*.sssom.tsv.",
        )


def _require_key(dataset: Dataset, graph: str, path: Path) -> None:
    """Refuse a file whose edition has another key than the file's name: one spelling everywhere."""
    edition = ox.NamedNode(edition_iri(path.stem))
    keys = {
        quad.object.value
        for quad in dataset.quads(graph)
        if quad.predicate.value == cw("editionKey") and isinstance(quad.object, ox.Literal)
    }
    described = any(quad.subject == edition for quad in dataset.quads(graph))
    if keys != {path.stem} or not described:
        raise DataError(
            f"describes {', '.join(sorted(keys)) or 'no edition'}, not {path.stem!r}",
            place=str(path),
            remedy="Name the file, cw:editionKey and the edition's IRI by the same key.",
        )


def _plan(knowledge: Sequence[Path], *, shipped: bool, sets: bool) -> list[tuple[str, Path]]:
    """Return (graph, file) of all that is to be loaded, in a fixed order."""
    root = resources.ontology_dir()
    plan: list[tuple[str, Path]] = []
    for path in sorted(
        [*root.glob("*.ttl"), *root.glob("vocabularies/*.ttl"), *root.glob("alignments/*.ttl")]
    ):
        plan.append((graph_iri("ontology", __version__), path))
    ours = frameworks.shipped()
    editions: dict[str, Path] = dict(ours) if shipped else {}
    foreign: list[Path] = []
    for directory in knowledge:
        foreign += discover_sets(directory / "mappings")
        for key, path in frameworks.discover(directory / "frameworks").items():
            if key in editions:
                raise DataError(
                    f"edition {key!r} is there twice",
                    place=str(path),
                    remedy="Rename the file and its key, or leave ours out with --no-shipped.",
                )
            editions[key] = path
    if not shipped:
        named = b"\n".join(path.read_bytes() for path in foreign)
        for key, path in ours.items():
            spelt = (f"{edition_iri(key)}/".encode(), f"{key}:".encode())
            if key not in editions and any(one in named for one in spelt):
                editions[key] = path
    plan += [(graph_iri("framework", key), path) for key, path in sorted(editions.items())]
    files = set_files(knowledge, shipped=shipped) if sets else []
    seen: dict[str, Path] = {}
    for path in files:
        if path.name in seen:
            raise DataError(
                f"mapping set {path.name!r} is there twice: {seen[path.name]}",
                place=str(path),
                remedy="Rename the file: its name is the key of the set.",
            )
        seen[path.name] = path
    plan += [(graph_iri("mappings", path.name.removesuffix(".sssom.tsv")), path) for path in files]
    return plan


def _foreign(dataset: Dataset, path: Path, extra: dict[str, str], *, skip_bad: bool) -> MappingSet:
    """Return a mapping set that is not ours, if none of its rows is refused, or without those."""
    errors: list[MappingError] = []
    held = sssom.read(path, extra_prefixes=extra, faults=errors)
    known = _provisions(dataset)
    sound = []
    for row in held.mappings:
        missing = [iri for iri in (row.subject, row.object) if iri and not _exists(iri, known)]
        for iri in missing:
            edition, name = _local(iri)
            errors.append(
                MappingError(
                    f"{edition} has no provision {name!r}",
                    place=f"{path}:{row.row}",
                    remedy=nearest(name, known[edition])
                    or f"`crosswalk provisions {edition}` lists its ids.",
                )
            )
        if not missing:
            sound.append(row)
    if errors and not skip_bad:
        first = min(errors, key=lambda error: int((error.place or "").rpartition(":")[2] or 0))
        rows = f"{len(errors)} of its rows {'is' if len(errors) == 1 else 'are'}"
        told = (
            f"{rows} refused and nothing is loaded: `crosswalk mappings check` names each, "
            "--skip-bad loads the others."
        )
        raise MappingError(
            first.offence, place=first.place, remedy=f"{first.remedy or ''} {told}".strip()
        )
    dataset.refused += errors
    return replace(held, mappings=tuple(sound))


def _provisions(dataset: Dataset) -> dict[str, set[str]]:
    """Return edition key → ids, as in the IRIs, of the provisions that a dataset carries."""
    found: dict[str, set[str]] = {}
    for quad in dataset.store.quads_for_pattern(None, ox.NamedNode(expand("skos:inScheme")), None):
        if isinstance(quad.subject, ox.NamedNode) and quad.subject.value.startswith(BASE + "id/"):
            key, name = _local(quad.subject.value)
            found.setdefault(key, set()).add(name)
    return found


def _exists(iri: str, known: dict[str, set[str]]) -> bool:
    """Return whether a provision exists, as far as we can know: of a carried edition."""
    if not iri.startswith(BASE + "id/"):
        return True
    key, name = _local(iri)
    return key not in known or name in known[key]


def _local(iri: str) -> tuple[str, str]:
    """Return (edition key, id as in the IRI) of a provision's IRI."""
    key, _, name = iri.removeprefix(BASE + "id/").partition("/")
    return key, name


def mapping_quads(mapping_set: MappingSet) -> Iterator[ox.Quad]:
    """Yield a mapping set as RDF, in its own graph.

    .. seealso:: SSSOM, RDF serialisation
    """
    version = (mapping_set.version,) if mapping_set.version else ()
    graph = ox.NamedNode(graph_iri("mappings", mapping_set.key, *version))
    me = ox.NamedNode(mapping_set.iri)

    def quad(subject: ox.NamedNode, predicate: str, value: ox.NamedNode | ox.Literal) -> ox.Quad:
        return ox.Quad(subject, ox.NamedNode(expand(predicate)), value, graph)

    yield quad(me, "rdf:type", ox.NamedNode(cw("MappingSet")))
    yield quad(me, "dcterms:title", ox.Literal(mapping_set.title))
    yield quad(me, "cw:setKey", ox.Literal(mapping_set.key))
    yield quad(me, "cw:publisherKey", ox.Literal(mapping_set.publisher))
    if mapping_set.version:
        yield quad(me, "cw:version", ox.Literal(mapping_set.version))
    if mapping_set.licence:
        yield quad(me, "dcterms:license", ox.NamedNode(mapping_set.licence))
    for predicate, keys in (
        ("void:subjectsTarget", mapping_set.subject_edition),
        ("void:objectsTarget", mapping_set.object_edition),
    ):
        for key in filter(None, keys.split("|")):
            yield quad(me, predicate, ox.NamedNode(edition_iri(key)))
    for row in mapping_set.mappings:
        yield from _row_quads(row, me, graph)


def _row_quads(row: Mapping, owner: ox.NamedNode, graph: ox.NamedNode) -> Iterator[ox.Quad]:
    me = ox.NamedNode(row.iri)
    found = row.subject is not None and row.object is not None
    values: list[tuple[str, ox.NamedNode | ox.Literal | None]] = [
        ("rdf:type", ox.NamedNode(cw("Mapping" if found else "NoCounterpart"))),
        ("cw:inSet", owner),
        ("cw:row", ox.Literal(str(row.row), datatype=XSD_INTEGER)),
        ("owl:annotatedSource", _node(row.subject)),
        ("owl:annotatedTarget", _node(row.object)),
        ("cw:relation", _node(cw(row.relation)) if row.relation else None),
        ("owl:annotatedProperty", _node(expand(PREDICATE[row.relation])) if row.relation else None),
        ("sssom:predicate_modifier", _literal(row.predicate_modifier)),
        ("cw:statedPredicate", _literal(row.predicate) if found else None),
        ("cw:rationaleType", _node(cw(row.rationale_type)) if row.rationale_type else None),
        ("cw:rationale", _literal(row.rationale)),
        ("cw:reviewStatus", _node(cw(row.review_status))),
        ("cw:group", _literal(row.group)),
        ("cw:editionChange", _literal(row.edition_change or "")),
        ("sssom:subject_label", _literal(row.subject_label)),
        ("sssom:object_label", _literal(row.object_label)),
        ("sssom:mapping_justification", _node(row.justification)),
        ("dcterms:created", _literal(row.mapping_date)),
        ("sssom:review_date", _literal(row.review_date)),
        ("rdfs:comment", _literal(row.comment)),
    ]
    if row.confidence is not None:
        values.append(("sssom:confidence", ox.Literal(str(row.confidence), datatype=XSD_DECIMAL)))
    values += [("sssom:author_label", _literal(name)) for name in row.authors]
    values += [("sssom:reviewer_label", _literal(name)) for name in row.reviewers]
    for predicate, value in values:
        if value is not None:
            yield ox.Quad(me, _predicate(predicate), value, graph)


@functools.cache
def _predicate(curie: str) -> ox.NamedNode:
    return ox.NamedNode(expand(curie))


def _node(iri: str | None) -> ox.NamedNode | None:
    return ox.NamedNode(iri) if iri else None


def _literal(text: str) -> ox.Literal | None:
    return ox.Literal(text) if text else None


def _meta(contents: Iterable[_File]) -> Iterator[ox.Quad]:
    """Yield what a store notes of the files it is made of: several may be one graph."""
    meta = graph_iri("meta")
    for one in contents:
        what = f"{one.graph} {one.path.name} {one.digest}"
        known_by = hashlib.sha256(what.encode()).hexdigest()[:32]
        said: dict[str, ox.NamedNode | ox.Literal] = {
            "dcterms:isPartOf": ox.NamedNode(one.graph),
            "dcterms:source": ox.Literal(one.path.name),
            "cw:sha256": ox.Literal(one.digest),
        }
        for predicate, value in said.items():
            yield ox.Quad(
                ox.NamedNode(f"{meta}/{known_by}"),
                ox.NamedNode(expand(predicate)),
                value,
                ox.NamedNode(meta),
            )


def data_files(paths: Sequence[str | Path]) -> list[Path]:
    """Return the files of evidence that the given files and directories hold, sorted.

    Stores hold none.

    :raises UsageError: if a path does not exist.
    :raises DataError: if a directory holds no data, or a file is of no known format.
    """
    files: list[Path] = []
    for given in paths:
        if stored.is_store(given):
            continue
        path = Path(given)
        if path.is_dir():
            found = sorted(p for p in path.rglob("*") if p.suffix in FORMATS and p.is_file())
            if not found:
                raise DataError(
                    "holds no data",
                    place=str(path),
                    remedy=f"Put files of evidence there ({', '.join(FORMATS)}).",
                )
            files += found
        elif path.is_file():
            if path.suffix not in FORMATS:
                raise DataError(
                    f"is of no known format {path.suffix!r}",
                    place=str(path),
                    remedy=f"Known are {', '.join(FORMATS)}.",
                )
            files.append(path)
        else:
            raise UsageError(f"{str(path)!r} does not exist", remedy="Name a directory or a file.")
    return files


def load_data(dataset: Dataset, paths: Sequence[str | Path]) -> None:
    """Load evidence into its organisation's graphs: all files, or none if one is broken.

    A quad that stands in a graph of an organisation stays there.

    :raises DataError: as :func:`data_files`, and if a file does not parse.
    """
    files = data_files(paths)
    _require_size(files)
    with placing.all_or_none(dataset, files) as whole:
        read = [(path, *_parse(path)) for path in files if whole is None or path != whole.path]
        homed = placed([quads for _, _, quads in read])
        for (path, digest, _), quads in zip(read, homed, strict=True):
            dataset.add(quads)
            graphs = {q.graph_name.value for q in quads if isinstance(q.graph_name, ox.NamedNode)}
            dataset.sources += [Source(str(path), digest, graph) for graph in sorted(graphs)]
        if whole is not None:
            dataset.sources += [
                Source(str(whole.path), whole.sha256, graph) for graph in sorted(whole.graphs)
            ]


def streamed(paths: Sequence[str | Path]) -> Iterator[ox.Quad] | None:
    """Yield what evidence says in one file of N-Quads, every quad in its organisation's graph.

    Nothing of it is held.

    :returns: None for any other evidence: that has to be loaded.
    :raises DataError: as :func:`data_files`, and for a file that is too large.
    :raises UnplacedError: as soon as it is seen to be other evidence.
    """
    files = data_files(paths)
    if len(files) != 1 or any(stored.is_store(one) for one in paths):
        return None
    _require_size(files)
    quads = placing.streamed(files[0])
    return quads and (quad for quad in quads if holds_evidence(_name(quad)))


def _name(quad: ox.Quad) -> str:
    return quad.graph_name.value if isinstance(quad.graph_name, ox.NamedNode) else ""


def _require_size(files: Iterable[Path]) -> None:
    limit = settings.number("CROSSWALK_MAX_FILE_MB") * 1024 * 1024
    for path in files:
        size = path.stat().st_size
        if size > limit:
            raise DataError(
                f"is {size // 1024 // 1024} MB, more than the limit of {limit // 1024 // 1024} MB",
                place=str(path),
                remedy="Raise CROSSWALK_MAX_FILE_MB, or split the file.",
            )


def placed(files: Sequence[Sequence[ox.Quad]]) -> Iterator[list[ox.Quad]]:
    """Yield the quads of each file of evidence, in the graphs of their organisations.

    :param files: of all evidence, since one file may say of which organisation another one is.
    """
    organisations = _organisations(quad for quads in files for quad in quads)
    for quads in files:
        yield _placed(quads, organisations)


def as_written(dataset: Dataset, graphs: Collection[str]) -> Iterator[ox.Quad] | None:
    """Yield what files say of some graphs, literals in the form in which they are written.

    :returns: None where not all of them come from files that are as they were when they were
        loaded: what the dataset holds, in the forms of its store, is then all there is.
    """
    files = {source.path: source.sha256 for source in dataset.sources if source.graph in graphs}
    if not files or not set(graphs) <= {source.graph for source in dataset.sources}:
        return None
    if not all(_digest(Path(name)) == digest for name, digest in files.items()):
        return None
    return (
        quad
        for name in files
        for quad in ox.parse(path=name, base_iri=f"{BASE}org/data/", rename_blank_nodes=True)
        if not placing.is_own(quad.graph_name) or quad.graph_name.value in graphs
    )


def _digest(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def _parse(path: Path) -> tuple[str, list[ox.Quad]]:
    data = _bytes(path)
    quads = parsed(data, format=FORMATS[path.suffix], place=str(path), rename=True)
    return hashlib.sha256(data).hexdigest(), quads


def parsed(data: bytes, *, format: ox.RdfFormat, place: str, rename: bool) -> list[ox.Quad]:
    """Return the quads of a document of evidence.

    :param rename: whether blank nodes get names that no other document has.
    :raises DataError: if it does not parse, or a date in it is none; names the place.
    """
    try:
        quads = list(
            ox.parse(data, format=format, base_iri=f"{BASE}org/data/", rename_blank_nodes=rename)
        )
    except SyntaxError as error:
        raise syntax_error(error, place) from None
    except (UnicodeDecodeError, ValueError) as error:
        raise DataError(
            f"does not parse: {error}", place=place, remedy="Save it as UTF-8."
        ) from None
    for quad in quads:
        require_date(quad, place)
    return quads


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", place=str(path)) from None


def require_date(quad: ox.Quad, place: str) -> None:
    """Let a quad pass whose literal is a date, if it is typed as one.

    :raises DataError: if it is none.
    """
    value = quad.object
    if not isinstance(value, ox.Literal) or value.datatype != XSD_DATE:
        return
    try:
        whole = date.fromisoformat(value.value).isoformat() == value.value
    except ValueError:
        whole = False
    if not whole:
        raise DataError(
            f"{value.value!r} is not a date (of {quad.subject}, {quad.predicate})",
            place=place,
            remedy="Write a day of the calendar as YYYY-MM-DD.",
        )


def _organisations(quads: Iterable[ox.Quad]) -> list[str]:
    wanted = ox.NamedNode(cw("Organization"))
    return sorted(
        {
            _org_key(quad.subject.value)
            for quad in quads
            if quad.predicate == RDF_TYPE
            and quad.object == wanted
            and isinstance(quad.subject, ox.NamedNode)
        }
    )


def _org_key(iri: str) -> str:
    """Return the key of an organisation: the part after ``/org/``, else the IRI's last part."""
    rest = iri.removeprefix(BASE + "org/") if iri.startswith(BASE + "org/") else iri
    return rest.split("/")[0] if rest is not iri else iri.rstrip("/#").rsplit("/", 1)[-1]


def _placed(quads: Sequence[ox.Quad], organisations: list[str]) -> list[ox.Quad]:
    """Return a file's quads, each in the graph of its organisation."""
    found: list[ox.Quad] = []
    judged = {
        quad.subject
        for quad in quads
        if quad.predicate == RDF_TYPE
        and isinstance(quad.object, ox.NamedNode)
        and quad.object.value in ASSESSMENT_CLASSES
    }
    fallback = organisations[0] if organisations else "data"
    homes: dict[tuple[str, str], ox.NamedNode] = {}
    for quad in quads:
        if placing.is_own(quad.graph_name):
            found.append(quad)
            continue
        key = fallback
        if len(organisations) > 1 and isinstance(quad.subject, ox.NamedNode):
            own = _org_key(quad.subject.value)
            key = own if own in organisations else fallback
        part = "assessment" if quad.subject in judged else "evidence"
        home = homes.get((key, part))
        if home is None:
            home = homes[key, part] = ox.NamedNode(graph_iri("org", key, part))
        if quad.graph_name != home:
            quad = ox.Quad(quad.subject, quad.predicate, quad.object, home)
        found.append(quad)
    return found
