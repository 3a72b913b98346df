"""What lies beside the files of a downloaded dataset and tells where it is from: its licence, address, and splits.

Hub repositories (Hugging Face, ModelScope) say it in the YAML header of README.md
(https://huggingface.co/docs/hub/datasets-cards), Kaggle in ``dataset-metadata.json``
(https://github.com/Kaggle/kaggle-cli, "Dataset Metadata"), OpenDataLab in ``metafile.yaml``.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from dsvc.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_HEADER: Final = re.compile(r"\A\ufeff?---\r?\n(.*?)\r?\n---\s*(?:\r?\n|\Z)", re.DOTALL)
_REMOTE: Final = re.compile(r'\[remote "origin"\][^\[]*?url\s*=\s*(\S+)')
_CREDENTIALS: Final = re.compile(r"(?<=://)[^/@]*@")


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a folder; ``configs`` has the patterns of each split of each configuration."""

    name: str | None = None
    licence: str | None = None
    uri: str | None = None
    revision: str | None = None
    tool: str | None = None
    configs: Mapping[str, Mapping[str, Sequence[str]]] = {}
    default_config: str | None = None
    has_licence_file: str | None = None

    def declared(self, config: str | None, called: str) -> Mapping[str, Sequence[str]] | None:
        """The patterns of the splits of a configuration; None: nothing is declared. Raises UsageError to ask which."""
        if not self.configs:
            return None
        chosen = config or self.default_config or (next(iter(self.configs)) if len(self.configs) == 1 else None)
        if chosen is None or chosen not in self.configs:
            what = f"has no configuration '{chosen}'" if chosen else f"has {len(self.configs)} configurations"
            raise UsageError(
                f"'{called}' {what}", hint=f"name one of them: --config {'|'.join(list(self.configs)[:10])}"
            )
        return self.configs[chosen]


def facts_of(read: Callable[[str], str | None], names: Sequence[str]) -> Facts:
    """The facts that the files of a folder tell; ``read`` gives the text of one, None where there is none.

    What cannot be understood there is passed over: it is about the records, not one of them.
    """
    card = _card(read("README.md") or "")
    kaggle = _kaggle(read("dataset-metadata.json") or "")
    meta = _yaml(read("metafile.yaml") or read("metafile.yml") or "")
    licence = _licence(card.get("license")) or _licence(kaggle.get("licenses")) or _licence(meta.get("license"))
    uri, revision = _address(read)
    tool = None
    if isinstance(kaggle.get("id"), str):
        uri, tool = uri or f"https://www.kaggle.com/datasets/{kaggle['id']}", "kaggle"
    elif meta:
        tool = "opendatalab"
    elif uri is not None and "modelscope" in uri:
        tool = "modelscope"
    elif uri is not None and "huggingface.co" in uri:
        tool = "huggingface"
    configs, default = _configs(card.get("configs"))
    return Facts(
        name=str(kaggle["id"]) if tool == "kaggle" else None,
        licence=licence,
        uri=uri,
        revision=revision,
        tool=tool,
        configs=configs,
        default_config=default,
        has_licence_file=next((n for n in names if n.upper().split(".")[0] in ("LICENSE", "LICENCE", "COPYING")), None),
    )


def _card(text: str) -> dict[str, Any]:
    match = _HEADER.match(text)
    return _yaml(match[1]) if match is not None else {}


def _yaml(text: str) -> dict[str, Any]:
    if not text.strip():
        return {}
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        value = YAML(typ="safe", pure=True).load(text)
    except (YAMLError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _kaggle(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return {}
    if isinstance(value, dict) and isinstance(value.get("info"), dict):
        value = value["info"]  # as the command line client writes it since 1.6
    return value if isinstance(value, dict) else {}


def _licence(value: object) -> str | None:
    """One licence, or several that hold together, as the tags stand there."""
    if isinstance(value, dict):
        value = value.get("name")
    if isinstance(value, str) and value.strip():
        return value.strip()
    if isinstance(value, list):
        found = [text for each in value if (text := _licence(each)) is not None]
        return "\n".join(dict.fromkeys(found)) or None
    return None


def _configs(value: object) -> tuple[dict[str, dict[str, list[str]]], str | None]:
    configs: dict[str, dict[str, list[str]]] = {}
    default = None
    for each in value if isinstance(value, list) else []:
        name = each.get("config_name") if isinstance(each, dict) else None
        splits = _splits(each.get("data_files")) if isinstance(name, str) else {}
        if splits:
            configs[str(name)] = splits
            if each.get("default") is True or (name == "default" and default is None):
                default = str(name)
    return configs, default


def _splits(value: object) -> dict[str, list[str]]:
    if isinstance(value, str):
        return {"train": [value]}
    found: dict[str, list[str]] = {}
    for each in value if isinstance(value, list) else []:
        if isinstance(each, str):
            found.setdefault("train", []).append(each)
        elif isinstance(each, dict) and isinstance(each.get("split"), str):
            paths = each.get("path")
            found.setdefault(each["split"], []).extend(map(str, paths if isinstance(paths, list) else [paths]))
    return found


def _address(read: Callable[[str], str | None]) -> tuple[str | None, str | None]:
    """Where a clone comes from, without a password that may stand in the address, and its commit."""
    match = _REMOTE.search(read(".git/config") or "")
    if match is None:
        return None, None
    head = (read(".git/HEAD") or "").strip()
    commit = (read(f".git/{head[5:]}") or "").strip() if head.startswith("ref: ") else head
    return _CREDENTIALS.sub("", match[1]), commit if re.fullmatch(r"[0-9a-f]{40}", commit) else None
