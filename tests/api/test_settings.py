from dataclasses import replace
from pathlib import Path

import pytest

from api.composition import rates
from api.rates import Rates
from api.settings import Environment, Settings, SettingsWrong, load_settings


@pytest.fixture(autouse=True)
def no_settings_around(monkeypatch):
    for name in ("HOST", "PORT", "SURGA_HOST", "SURGA_PORT", "SURGA_ENVIRONMENT", "SURGA_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)


def test_a_process_that_is_told_nothing_stays_on_this_machine():
    settings = load_settings()

    assert (settings.environment, settings.host, settings.port) == (Environment.DEVELOPMENT, "127.0.0.1", 8000)
    assert settings.data_dir == Path("var")


def test_host_and_port_need_no_prefix_and_all_else_does(monkeypatch):
    monkeypatch.setenv("HOST", "0.0.0.0")
    monkeypatch.setenv("PORT", "8123")
    monkeypatch.setenv("SURGA_DATA_DIR", "/srv/surga")

    settings = load_settings()

    assert (settings.host, settings.port, settings.data_dir) == ("0.0.0.0", 8123, Path("/srv/surga"))


def test_lists_are_written_with_commas(monkeypatch):
    monkeypatch.setenv("SURGA_HOSTS", "lapor.example.go.id, *.example.go.id")

    assert load_settings().hosts == ("lapor.example.go.id", "*.example.go.id")


def test_what_is_given_wins_over_the_environment(monkeypatch):
    monkeypatch.setenv("PORT", "8123")

    assert load_settings(port=9000, host=None).port == 9000


def test_a_rate_that_is_none_is_refused_at_the_start():
    with pytest.raises(SettingsWrong, match=r"SURGA_LOOKUPS_PER_CALLER: .*a rate is written like 10/hour"):
        load_settings(lookups_per_caller="often")

    assert load_settings(reveals_per_caller="3/minute").reveals_per_caller == "3/minute"


@pytest.mark.parametrize(
    "rate",
    ["10/99999999999 years", "10/hour;1/second", "10/0 minutes", "10 per 00 hours", "9999999999/hour", "1/2 years"],
)
def test_a_rate_that_can_not_be_counted_is_refused_at_the_start(rate):
    with pytest.raises(SettingsWrong, match=r"SURGA_SIGN_INS_PER_ACCOUNT: a rate is written like 10/hour"):
        load_settings(sign_ins_per_account=rate)
    with pytest.raises(SettingsWrong, match=r"SURGA_SIGN_INS: a rate is written like 10/hour"):
        load_settings(sign_ins=("5/minute", rate))


RATES = {
    "sign_ins": "sign_ins",
    "sign_ins_per_account": "sign_ins_of_an_account",
    "sign_in_failures_per_address": "failures_of_an_address",
    "screen_codes_per_approver": "user_codes_of_an_approver",
    "invitations_per_address": "invitations_per_address",
}


@pytest.mark.parametrize(("name", "rate"), RATES.items())
def test_each_rate_of_the_doors_of_staff_is_a_setting(monkeypatch, name, rate):
    shipped = Rates()
    several = isinstance(getattr(shipped, rate), tuple)
    monkeypatch.setenv(f"SURGA_{name.upper()}", "7/minute, 9/day" if several else "7/minute")

    assert rates(load_settings()) == replace(shipped, **{rate: ("7/minute", "9/day") if several else "7/minute"})
    monkeypatch.setenv(f"SURGA_{name.upper()}", "")
    with pytest.raises(SettingsWrong, match=f"SURGA_{name.upper()}"):
        load_settings()


def test_settings_are_frozen():
    with pytest.raises(ValueError, match="frozen"):
        Settings().port = 1


def test_every_wrong_setting_is_named_without_its_value(monkeypatch):
    monkeypatch.setenv("PORT", "99999")
    monkeypatch.setenv("SURGA_ENVIRONMENT", "staging-secret")
    monkeypatch.setenv("SURGA_SECRET_KEY", "short-secret")

    with pytest.raises(SettingsWrong) as refused:
        load_settings()

    message = str(refused.value)
    assert "PORT: " in message
    assert "SURGA_ENVIRONMENT: " in message
    assert "SURGA_SECRET_KEY: " in message
    assert "\n" not in message
    assert "staging-secret" not in message
    assert "short-secret" not in message


def test_secrets_do_not_show_in_the_settings_text():
    settings = load_settings(secret_key="x" * 40, database_url="postgresql://surga:hunter2@db/surga")

    assert "x" * 40 not in repr(settings)
    assert "hunter2" not in repr(settings)
