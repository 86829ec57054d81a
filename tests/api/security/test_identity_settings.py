"""How the secrets for reporters' data and the periods of keeping are told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from typer.testing import CliRunner

from api.cli import keys as verb
from api.cli.program import program
from api.settings import SettingsWrong, load_settings
from models.enums import Classification
from services.reporters.key_rotation import Rotated

OLD, NEW = "an-older-secret-of-32-characters-or-more", "a-newer-secret-of-32-characters-or-more"


def test_secrets_are_told_newest_first_and_shown_nowhere() -> None:
    settings = load_settings(identity_secrets=f"{NEW},{OLD}")

    assert settings.identity() == (NEW.encode(), OLD.encode())
    assert load_settings().identity() == ()
    assert NEW not in repr(settings)


def test_a_short_secret_is_refused_without_being_shown() -> None:
    with pytest.raises(SettingsWrong) as refused:
        load_settings(identity_secrets=f"{NEW},short-one")

    assert "SURGA_IDENTITY_SECRETS" in str(refused.value)
    assert "short-one" not in str(refused.value)


def test_periods_are_told_by_class_and_none_is_set_by_itself() -> None:
    assert load_settings().periods() == ()
    assert load_settings(retention="COMPLAINT=1825,UNCLASSIFIED=365").periods() == (
        (Classification.COMPLAINT, timedelta(days=1825)),
        (None, timedelta(days=365)),
    )


@pytest.mark.parametrize("given", ["COMPLAINT", "COMPLAINT=0", "SECRETS=5", "COMPLAINT=soon"])
def test_a_period_that_is_none_is_refused(given: str) -> None:
    with pytest.raises(SettingsWrong, match="SURGA_RETENTION"):
        load_settings(retention=given)


@pytest.mark.parametrize(("unreadable", "code"), [(0, 0), (2, 1)])
def test_a_rotation_says_what_it_did(monkeypatch: pytest.MonkeyPatch, unreadable: int, code: int) -> None:
    async def rotated(progress: object) -> Rotated:
        return Rotated(sealed=3, unreadable=unreadable, left=unreadable)

    monkeypatch.setattr(verb, "rotated", rotated)

    shown = CliRunner().invoke(program(), ["keys", "rotate"])

    assert shown.exit_code == code
    assert f"3 reporters are sealed anew; {unreadable} are left under another key." in shown.output
