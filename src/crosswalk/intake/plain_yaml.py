"""YAML in the types of JSON: words are read as YAML 1.2 reads them, numbers are not rounded."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import yaml

__all__ = ["Loader"]

TAG = "tag:yaml.org,2002:"
SCALARS = ("str", "null", "bool")


class Loader(yaml.SafeLoader):
    """A loader that knows no dates, no sexagesimal numbers, and no ``yes`` and ``no``.

    .. seealso:: YAML 1.2, Core Schema
    """

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - as its parent has it
    yaml_constructors = {  # noqa: RUF012 - as its parent has it
        tag: make
        for tag, make in yaml.SafeLoader.yaml_constructors.items()
        if tag is None or tag.removeprefix(TAG) in (*SCALARS, "seq")
    }


def _members(loader: yaml.SafeLoader, node: Any) -> dict[str, Any]:  # noqa: ANN401 - of YAML
    """Return a mapping, if no key is there twice."""
    seen: set[str] = set()
    for key, _ in node.value:
        if key.tag == TAG + "merge":
            continue
        said = _name(loader.construct_object(key)) if isinstance(key, yaml.ScalarNode) else ""
        if said in seen or not isinstance(key, yaml.ScalarNode):
            offence = f"the key {said[:100]!r} is there twice" if said in seen else "no key"
            raise yaml.constructor.ConstructorError(None, None, offence, key.start_mark)
        seen.add(said)
    loader.flatten_mapping(node)
    return {_name(key): value for key, value in loader.construct_mapping(node, deep=True).items()}


def _name(key: object) -> str:
    if key is None:
        return "null"
    return str(key).lower() if isinstance(key, bool) else str(key)


def _text(loader: Any, node: Any) -> str:  # noqa: ANN401 - of YAML
    return str(loader.construct_scalar(node))


for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)", "-+0123456789"),
    ("float", r"[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?", "-+0123456789"),
    ("merge", r"<<", "<"),
):
    Loader.add_implicit_resolver(TAG + _tag, re.compile(rf"(?:{_pattern})\Z"), list(_first))
Loader.add_constructor(TAG + "map", _members)
Loader.add_constructor(TAG + "float", lambda loader, node: Decimal(_text(loader, node)))
Loader.add_constructor(TAG + "int", lambda loader, node: int(_text(loader, node)))
Loader.add_constructor(TAG + "timestamp", _text)
