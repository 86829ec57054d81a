"""docs/rights.md says what the registry says."""

from __future__ import annotations

from pathlib import Path

from services.access.rights_page import page

PAGE = Path(__file__).parents[2] / "docs" / "rights.md"


def test_the_page_is_the_registrys_own() -> None:
    """`python -m services.access.rights_page > docs/rights.md` writes it anew."""
    assert PAGE.read_text("utf-8") == page()
