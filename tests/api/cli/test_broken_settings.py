"""Every setting broken in turn, of every kind, is one sentence that names it, whatever the verb."""

import os
import re

import pytest

from api.composition import callers_of, hub_limits, rates
from api.server.opening import rules_of
from api.settings import Settings, SettingsWrong, load_settings, read_settings, variable

GOOD = "rV7hQ2mKzP0wXb9TnEj4LsYc8GdUf1Ao"
BAD = (
    " ", "abc", "-1", "0", "1e400", "nan", "inf", "-inf", "99999999999999999999999999", "true,false", "1,2,3", "://",
    "\x1b[2J", "*", "10/", "/hour", "0/hour", "10/fortnight", "COMPLAINT", "COMPLAINT=", "COMPLAINT=x", "COMPLAINT=-1",
    "X=1", "COMPLAINT=99999999999", "mysql://a@b/c", "postgresql://a@b:x/c",
    "redis://a:b:c", "http://[", "a" * 10_000, "\ud83d",
)  # fmt: skip
WRONG = {
    "environment": "prod", "host": " ", "port": "70000", "plaintext": "perhaps", "database_url": "mysql://a:geheim@b/c",
    "redis_url": "127.0.0.1:6379", "secret_key": "short", "identity_secrets": "short", "retention": "COMPLAINT=never",
    "proof_of_work": "on", "trusted_proxies": "proxy", "https": "perhaps",
}  # fmt: skip
RATES = {
    "submissions_per_address", "submissions_per_city", "guesses_per_address", "reveals_per_caller",
    "lookups_per_caller", "sign_ins", "sign_ins_per_account",
    "sign_in_failures_per_address", "screen_codes_per_approver",
    "invitations_per_address",
}  # fmt: skip
FREE = {"hosts", "origins", "data_dir", "city_dir"}  # any text is one; what it leads to is looked at when it is used
VERBS = (
    "demo", "serve", "worker", "migrate", "migrate --plan", "seed", "simulate", "admin create a@kediri.example",
    "token create DISPLAY x", "token approve", "token revoke 1", "token list", "staff list",
    "staff end a@kediri.example", "audit head",
    "audit verify", "log show", "log adopt", "keys rotate", "partner create Mitra", "partner list",
)  # fmt: skip


@pytest.fixture(autouse=True)
def nothing_given(monkeypatch):
    for name in list(os.environ):
        if name.startswith("SURGA_") or name in {"HOST", "PORT"}:
            monkeypatch.delenv(name)


def refusal(done):
    assert (done.returncode, done.stdout) == (1, "")
    [line] = done.stderr.splitlines()
    return line


@pytest.mark.parametrize("field", Settings.model_fields)
def test_whatever_a_setting_holds_is_taken_or_named(field, monkeypatch, desk):
    for value in BAD:
        try:
            monkeypatch.setenv(variable((field,)), value)
        except UnicodeEncodeError:
            continue

        settings, wrong = read_settings()

        assert [problem for problem in wrong if f"{variable((field,))}: " not in problem] == []
        assert len(value) < 8 or value not in "".join(wrong)
        rules_of(settings), rates(settings), hub_limits(settings), callers_of(settings, desk, None)


def wrong_value(field):
    return WRONG.get(field, "often" if field in RATES else "-1")


@pytest.mark.parametrize("field", [field for field in Settings.model_fields if field not in FREE])
def test_a_broken_setting_is_one_sentence_that_names_it(field, program):
    given = {
        "SURGA_DATABASE_URL": "postgresql://surga@127.0.0.1:1/surga",
        "SURGA_SECRET_KEY": GOOD,
        "SURGA_HOSTS": "a.example",
    }

    line = refusal(program.run("serve", "--check", **given | {variable((field,)): wrong_value(field)}))

    assert re.match(f"surga: (SURGA_)?{variable((field,))}: ", line)
    assert "geheim" not in line


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_says_so(verb, program, tmp_path):
    line = refusal(program.run(*verb.split(), SURGA_DATA_DIR=str(tmp_path), SURGA_DATABASE_URL="mysql://a:geheim@b/c"))

    assert line.startswith("surga: SURGA_DATABASE_URL: write postgresql://")
    assert "geheim" not in line


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://a:geheim@nobody.invalid/c", "The host of a@nobody.invalid:5432/c is not known"),
        ("postgresql://a:geheim@127.0.0.1:1/c", "is PostgreSQL of a@127.0.0.1:1/c running"),
    ],
)
def test_a_database_that_is_not_there_is_one_sentence_with_its_address(url, said, program, tmp_path):
    given = {
        "SURGA_PLAINTEXT": "true",
        "SURGA_SECRET_KEY": GOOD,
        "SURGA_HOSTS": "a.example",
        "SURGA_DATA_DIR": str(tmp_path),
    }

    lines = [refusal(program.run(*verb.split(), SURGA_DATABASE_URL=url, **given)) for verb in VERBS if verb != "demo"]

    assert [line for line in lines if said not in line or "geheim" in line] == []


def test_a_wrong_setting_is_an_error_of_its_own_kind(monkeypatch):
    monkeypatch.setenv("SURGA_REDIS_URL", "localhost")

    with pytest.raises(
        SettingsWrong, match=r"^SURGA_REDIS_URL: it can not be read; write redis://, rediss:// or unix://$"
    ):
        load_settings()
