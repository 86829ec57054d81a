"""docs/rights.md says what the registry says."""

from __future__ import annotations

from services.access.rights_page import page
from tests.root import ROOT

PAGE = ROOT / "docs" / "rights.md"


def test_the_page_is_the_registrys_own() -> None:
    """`python -m services.access.rights_page > docs/rights.md` writes it anew."""
    assert PAGE.read_text("utf-8") == page()
