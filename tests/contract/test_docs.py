"""What is documented is what there is: variables, errors, close codes, frames, paths."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator

from core.errors import every_error
from realtime import frames
from scripts.frame_tables import with_tables
from tests.contract import shapes

ROOT = Path(__file__).resolve().parents[2]
OPERATING = (ROOT / "docs/operating.md").read_text()
PROTOCOL = (ROOT / "docs/protocol.md").read_text()
APPS = (
    "core",
    "accounts",
    "presence",
    "devices",
    "files",
    "movies",
    "comments",
    "messaging",
    "groups",
    "rooms",
    "realtime",
    "web",
)


def variables_read() -> set[str]:
    """The first argument of every env.something("NAME", ...) in the settings."""
    tree = ast.parse((ROOT / "config/settings.py").read_text())
    return {
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "env"
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    }


def first_cells(text: str) -> set[str]:
    """What stands alone in backticks in the first column of a table."""
    return set(re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE))


def test_every_variable_is_explained_and_every_explained_one_is_read() -> None:
    explained = {cell for cell in first_cells(OPERATING) if re.fullmatch(r"[A-Z][A-Z0-9_]+", cell)}
    assert len(variables_read()) > 30
    assert explained == variables_read()


def test_the_readmes_variables_exist() -> None:
    named = {cell for cell in first_cells((ROOT / "README.md").read_text()) if re.fullmatch(r"[A-Z][A-Z0-9_]+", cell)}
    assert named
    assert named <= variables_read()


def slugs_in_use() -> dict[str, int | None]:
    """Slugs of the table, with their status, and those given on the spot."""
    found: dict[str, int | None] = {error.slug: error.status for error in every_error()}
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            for slug in re.findall(r"\bslug=\"([a-z_]+)\"", path.read_text()):
                if "errors" in path.read_text() and "migrations" not in path.parts:
                    found.setdefault(slug, None)
    return found


def test_every_error_is_documented_with_its_status() -> None:
    for slug, status in slugs_in_use().items():
        row = re.search(rf"^\| (\d{{3}}) \| `{slug}` \| \S", PROTOCOL, re.MULTILINE)
        assert row, f"docs/protocol.md lacks a row for the error {slug}"
        assert status in (None, int(row[1])), slug


def test_every_documented_error_exists() -> None:
    documented = set(re.findall(r"^\| \d{3} \| `([a-z_]+)` \|", PROTOCOL, re.MULTILINE))
    assert documented <= set(slugs_in_use())


def test_every_close_code_is_documented() -> None:
    documented = {int(code) for code in re.findall(r"^\| (\d{4}) \| \S", PROTOCOL, re.MULTILINE)}
    closing = set(frames.CLOSE_CODES)
    for path in (ROOT / "realtime").rglob("*.py"):
        closing |= {int(code) for code in re.findall(r"\.close\((\d{4})", path.read_text())}
    assert closing <= documented


def test_the_frame_tables_are_fresh() -> None:
    """`python -m scripts.frame_tables` writes them."""
    assert with_tables(PROTOCOL) == PROTOCOL


@pytest.mark.parametrize("name", sorted(shapes.CALLS))
def test_every_call_of_the_contracts_is_in_the_openapi_schema(schema: dict[str, Any], name: str) -> None:
    call = shapes.CALLS[name]
    paths = {re.sub(r"{\w+}", "{}", path): operations for path, operations in schema["paths"].items()}
    assert call.method.lower() in paths[re.sub(r"{\w+}", "{}", call.path)]


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    generated: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return generated
