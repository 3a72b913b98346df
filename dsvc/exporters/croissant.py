"""MLCommons Croissant 1.0: a version's files, their digests and their fields, as JSON-LD.

https://docs.mlcommons.org/croissant/docs/croissant-spec.html. Addresses of files are their paths, relative to where the
metadata lies. A field has the type that its values have; one with several types is text. Objects have a
field for each key, but for what is nested deeper: ``mlcroissant`` cannot read that.
"""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dsvc.exporters.story import Story
    from dsvc.manifest import FileInfo
    from dsvc.snapshot import Record

_CONTEXT: Final[dict[str, Any]] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""The context of the specification, section 'JSON-LD context', with what mlcroissant 1.1 has there besides."""


def croissant(story: Story) -> bytes:
    """The metadata."""
    manifest = story.manifest
    made: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": story.name,
        "description": f"{story.provenance.revision}, version id {story.provenance.version}",
        "version": _version(manifest.number),
        "datePublished": manifest.authored_at.isoformat(),
        "license": [_licence(licence) for licence in story.licences],
    }
    if story.languages:
        made["inLanguage"] = list(story.languages)
    addresses = [address for source in story.sources if (address := story.address(source.uri))]
    if addresses:
        made["isBasedOn"] = addresses
    if story.with_people:
        made["creator"] = [{"@type": "sc:Person", "name": name} for name in _people(story)]
    made["distribution"] = [_file_object(file) for file in manifest.files]
    made["recordSet"] = [_record_set(story, file) for file in manifest.files]
    return (json.dumps(made, ensure_ascii=False, indent=2) + "\n").encode("utf-8", "replace")


def _version(number: str) -> str:
    parts = number.removeprefix("v").split(".")
    return ".".join([*parts, "0", "0"][:3])


def _licence(licence: str) -> str:
    """Its page, where it is one licence with a name; an expression stays as it is written."""
    simple = licence != "unknown" and " " not in licence and not licence.startswith(("LicenseRef-", "("))
    return f"https://spdx.org/licenses/{licence}.html" if simple else licence


def _people(story: Story) -> list[str]:
    return list(dict.fromkeys(entry.author.name for entry in reversed(story.versions)))


def _file_object(file: FileInfo) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": file.path,
        "name": PurePosixPath(file.path).name,
        "contentUrl": file.path,
        "contentSize": f"{file.bytes} B",
        "encodingFormat": "application/jsonlines",
        "sha256": file.sha256,
    }


def _record_set(story: Story, file: FileInfo) -> dict[str, Any]:
    layout = story.snapshot.layout.file(file.path)
    name = file.split or PurePosixPath(file.path).stem
    if sum(other.split == file.split for other in story.manifest.files) > 1:
        name = PurePosixPath(file.path).stem
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "field": _fields(name, file.path, field_types(story.snapshot.records(layout))),
    }


def _fields(record_set: str, path: str, types: Mapping[str, FieldType]) -> list[dict[str, Any]]:
    ids = _ids(types)
    made = []
    for name, kind in types.items():
        field = f"{record_set}/{ids[name]}"
        source = {"fileObject": {"@id": path}, "extract": {"column": name}}
        one: dict[str, Any] = {"@type": "cr:Field", "@id": field, "name": name}
        if kind.repeated:
            one["repeated"] = True
        if kind.keys:
            inner_ids = _ids(kind.keys)
            one["subField"] = [
                {
                    "@type": "cr:Field",
                    "@id": f"{field}/{inner_ids[key]}",
                    "name": key,
                    "dataType": "sc:Text",
                    "source": {**source, "transform": {"jsonPath": f"$['{key}']" if not key.isidentifier() else key}},
                }
                for key in kind.keys
            ]
        else:
            one.update(dataType=kind.name, source=source)
        made.append(one)
    return made


def _ids(names: Iterable[str]) -> dict[str, str]:
    """What fields are called in ids, which have no white space: each its own."""
    made: dict[str, str] = {}
    for name in names:
        plain = "".join(character if character.isalnum() or character in "_-." else "_" for character in name) or "_"
        while plain in made.values():
            plain += "_"
        made[name] = plain
    return made


class FieldType(msgspec.Struct, frozen=True):
    """The type of a field, whether it is a list of that, and the ``keys`` of objects in it."""

    name: str
    repeated: bool = False
    keys: tuple[str, ...] = ()


def field_types(records: Iterable[Record]) -> dict[str, FieldType]:
    """The fields of records with their types."""
    found: dict[str, set[tuple[str, bool]]] = {}
    keys: dict[str, dict[str, bool]] = {}
    for record in records:
        value = record.value
        assert isinstance(value, dict)
        for name, inner in value.items():
            kinds = found.setdefault(name, set())
            many = isinstance(inner, list)
            for item in inner if isinstance(inner, list) else [inner]:
                if item is not None:
                    kinds.add((_kind(item), many))
                if isinstance(item, dict):
                    known = keys.setdefault(name, {})
                    for key, deeper in item.items():
                        known[key] = known.get(key, True) and not isinstance(deeper, (dict, list))
    plain = {name: tuple([key for key, is_plain in known.items() if is_plain]) for name, known in keys.items()}
    return {name: _one(kinds, plain.get(name, ())) for name, kinds in found.items()}


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "sc:Boolean"
    if isinstance(value, int):
        return "sc:Integer"
    if isinstance(value, float):
        return "sc:Float"
    return "object" if isinstance(value, dict) else "sc:Text"


def _one(kinds: set[tuple[str, bool]], keys: tuple[str, ...]) -> FieldType:
    repeated = bool(kinds) and all(many for _, many in kinds)
    names = {kind for kind, _ in kinds}
    if names == {"sc:Integer", "sc:Float"}:
        names = {"sc:Float"}
    if len(names) != 1 or len({many for _, many in kinds}) != 1:
        return FieldType("sc:Text", repeated)
    name = names.pop()
    return FieldType("sc:Text", repeated, keys) if name == "object" else FieldType(name, repeated)
