"""What a server refuses to start with, and that it names all of it at once and no value."""

import os
import re
import subprocess
import sys

import pytest
import yaml

from api.errors import CannotStart
from api.secret_files import SECRET_FIELDS
from api.server.opening import find_addresses
from api.server.start_checks import problems, serving_settings, weakness
from api.settings import Environment, Settings, SettingsWrong, load_settings
from tests.conftest import SECRET
from tests.models.certificates import Authority
from tests.root import ROOT

pytestmark = pytest.mark.slow

GOOD = "rV7hQ2mKzP0wXb9TnEj4LsYc8GdUf1Ao"
SAFE = {
    "SURGA_ENVIRONMENT": "production",
    "SURGA_SECRET_KEY": GOOD,
    "SURGA_DATABASE_URL": "postgresql://surga:k3Jx9Qm2@127.0.0.1/surga",
    "SURGA_REDIS_URL": "redis://127.0.0.1:6379/0",
    "SURGA_HOSTS": "lapor.example.go.id",
}


@pytest.fixture(autouse=True)
def told(monkeypatch):
    """Tell the process exactly these variables."""
    for name in list(os.environ):
        if name.startswith("SURGA_") or name in {"HOST", "PORT"}:
            monkeypatch.delenv(name)

    def tell(**variables):
        for name, value in (SAFE | variables).items():
            monkeypatch.delenv(name, raising=False) if value is None else monkeypatch.setenv(name, str(value))

    tell()
    return tell


def refused(*, pages=True):
    """The variables that the process will not start with."""
    with pytest.raises(SettingsWrong) as wrong:
        serving_settings(pages=pages)
    return re.findall(r"(?:^|; )([A-Z_]+): ", str(wrong.value)), str(wrong.value)


def test_settings_that_are_safe_start():
    assert serving_settings(pages=True).environment is Environment.PRODUCTION


def test_a_server_that_is_told_no_environment_is_production(told):
    told(SURGA_ENVIRONMENT=None)

    assert serving_settings(pages=True).environment is Environment.PRODUCTION
    assert load_settings().environment is Environment.DEVELOPMENT


def test_everything_is_named_at_once_without_a_value(told, tmp_path):
    (tmp_path / "identity").write_text("changeme-" + "q" * 40)
    (tmp_path / "identity").chmod(0o644)
    told(
        SURGA_SECRET_KEY="hunter2",
        SURGA_DATABASE_URL="postgresql://surga:postgres@db-of-the-city/surga",
        SURGA_IDENTITY_SECRETS_FILE=tmp_path / "identity",
        SURGA_ORIGINS="*",
        SURGA_HOSTS="",
        SURGA_TRUSTED_PROXIES="0.0.0.0/0",
        PORT="99999",
    )

    names, message = refused()

    assert names == [
        "SURGA_PORT",
        "SURGA_SECRET_KEY",
        "SURGA_IDENTITY_SECRETS",
        "SURGA_DATABASE_URL",
        "SURGA_DATABASE_URL",
        "SURGA_IDENTITY_SECRETS_FILE",
        "SURGA_ORIGINS",
        "SURGA_TRUSTED_PROXIES",
        "SURGA_HOSTS",
    ]
    for value in ("hunter2", "db-of-the-city", "qqq", "99999", "0.0.0.0"):
        assert value not in message


@pytest.mark.parametrize("pages", [True, False])
def test_a_missing_key_and_database_are_named(told, pages):
    told(SURGA_SECRET_KEY=None, SURGA_DATABASE_URL=None)

    assert refused(pages=pages)[0] == ["SURGA_SECRET_KEY", "SURGA_DATABASE_URL"]


@pytest.mark.parametrize(
    "key",
    [
        SECRET,
        "x" * 40,
        "abcdefghijklmnopqrstuvwxyz012345",
        "0123456789" * 4,
        "abcd1234" * 5,
        "change-me-to-32-random-characters",
        "rV7hQ2mKzP0w-demo-Xb9TnEj4LsYc8GdUf1Ao",
        "my-very-secret-key-of-the-city-hall",
        "set it to 32 random characters or more, and keep it for ever",
    ],
)
def test_a_key_of_a_demo_a_test_or_a_page_or_one_without_chance_is_refused(told, key):
    told(SURGA_SECRET_KEY=key)

    assert refused()[0] == ["SURGA_SECRET_KEY"]


@pytest.mark.parametrize(
    "key",
    [
        GOOD,
        "9f86d081884c7d659a2feaa0c55ad015",
        "b3BlbiBzZXNhbWUgLSBhIGtleSBvZiBhIHRlc3Q",
        "K" + "7hQ2mKzP0wXb9TnEj" * 2,
    ],
)
def test_a_random_key_is_taken(key, tmp_path):
    assert weakness(key, tmp_path) is None


def test_the_key_that_a_demo_made_is_refused(told, tmp_path):
    (tmp_path / "secret.key").write_text(GOOD)
    told(SURGA_DATA_DIR=tmp_path)
    assert problems(load_settings(), pages=True) == []

    (tmp_path / "demo.json").write_text("{}")

    assert refused()[0] == ["SURGA_SECRET_KEY"]


@pytest.mark.parametrize("origins", ["*", "https://*", "null", "https://*.example.go.id", "https://a.go.id,*"])
def test_an_open_origin_list_is_refused(told, origins):
    told(SURGA_ORIGINS=origins)

    assert refused()[0] == ["SURGA_ORIGINS"]


@pytest.mark.parametrize("hosts", ["*", "*.", "*.id", "*.go.id", "a.example.go.id,*", "desk*.go.id", ""])
def test_an_open_or_empty_host_list_is_refused(told, hosts):
    told(SURGA_HOSTS=hosts)

    assert refused()[0] == ["SURGA_HOSTS"]


@pytest.mark.parametrize(
    "host",
    ["https://a.go.id", "a.go.id:8443", "a.go.id/lapor", "a..go.id", "a go.id", "[::1]", "a.go.id.", "déša.go.id"],
)
def test_a_host_that_no_browser_could_ask_for_is_refused(told, host):
    told(SURGA_HOSTS=f"lapor.example.go.id,{host}")

    assert refused()[0] == ["SURGA_HOSTS"]


@pytest.mark.parametrize(
    "origin",
    [
        "https://[",
        "https://a.go.id/portal",
        "https://a.go.id?x",
        "https://a@b.go.id",
        "https://a.go.id:99999",
        "https://:1",
    ],
)
def test_an_origin_that_no_page_could_have_is_refused(told, origin):
    told(SURGA_ORIGINS=f"https://portal.example.go.id,{origin}")

    assert refused()[0] == ["SURGA_ORIGINS"]


def test_a_worker_needs_no_names_but_no_open_list_either(told):
    told(SURGA_HOSTS="")
    assert serving_settings(pages=False).hosts == ()

    told(SURGA_HOSTS="*")

    assert refused(pages=False)[0] == ["SURGA_HOSTS"]


@pytest.mark.parametrize("networks", ["0.0.0.0/0", "::/0", "::ffff:0:0/96", "*", "proxy.local", "10.0.0.0/8,0.0.0.0/0"])
def test_proxies_that_are_everybody_or_nobody_are_refused(told, networks):
    told(SURGA_TRUSTED_PROXIES=networks)

    assert refused()[0] == ["SURGA_TRUSTED_PROXIES"]


def test_names_of_ones_own_are_taken(told):
    hosts = ("*.example.go.id", "localhost", "127.0.0.1", "::1", "Desk_1.go.id")
    told(SURGA_HOSTS=",".join(hosts), SURGA_ORIGINS="https://a.go.id:8443/", SURGA_TRUSTED_PROXIES="unix,::1")

    assert serving_settings(pages=True).hosts == hosts


@pytest.mark.parametrize("field", SECRET_FIELDS)
def test_every_secret_may_come_in_a_file(told, tmp_path, field):
    name, value = f"SURGA_{field.upper()}", SAFE.get(f"SURGA_{field.upper()}", GOOD + "1")
    file = tmp_path / field
    file.write_text(value + "\n")
    file.chmod(0o400)
    told(**{name: None, f"{name}_FILE": file})

    found = getattr(serving_settings(pages=True), field)

    assert (found if isinstance(found, str) else found.get_secret_value()) == value


@pytest.mark.parametrize("mode", [0o440, 0o404, 0o620, 0o644])
def test_a_secret_file_that_others_can_open_is_refused(told, tmp_path, mode):
    file = tmp_path / "key"
    file.write_text(GOOD)
    file.chmod(mode)
    told(SURGA_SECRET_KEY=None, SURGA_SECRET_KEY_FILE=file)

    assert refused()[0] == ["SURGA_SECRET_KEY_FILE"]


def test_a_secret_file_that_can_not_be_read_is_named_and_its_missing_secret_is_not(told, tmp_path):
    told(SURGA_SECRET_KEY=None, SURGA_SECRET_KEY_FILE=tmp_path / "nothing")
    assert refused()[0] == ["SURGA_SECRET_KEY_FILE"]

    (tmp_path / "nothing").write_bytes(b"\xff\xfe" * 20)
    (tmp_path / "nothing").chmod(0o600)

    assert refused()[0] == ["SURGA_SECRET_KEY_FILE"]


def test_a_secret_comes_from_one_place(told, tmp_path):
    (tmp_path / "key").write_text(GOOD)
    (tmp_path / "key").chmod(0o600)
    told(SURGA_SECRET_KEY_FILE=tmp_path / "key")

    assert refused()[0] == ["SURGA_SECRET_KEY_FILE"]


@pytest.mark.parametrize(
    ("environment", "host", "starts"),
    [
        ("development", "127.0.0.1", True),
        ("development", "0.0.0.0", False),
        ("demo", "192.168.1.9", False),
        ("development", "localhost", True),
    ],
)
def test_outside_production_a_server_serves_its_own_machine(environment, host, starts):
    settings = Settings(environment=environment, host=host)

    assert (problems(settings, pages=True) == []) is starts


def test_the_program_ends_with_one_line_and_starts_nothing(tmp_path):
    for verb in ("serve", "worker"):
        command = [sys.executable, "-c", "from api.cli import main; main()", verb]
        done = subprocess.run(
            command, env={"SURGA_DATA_DIR": str(tmp_path / "new")}, capture_output=True, text=True, timeout=60
        )

        assert (done.returncode, done.stdout) == (1, "")
        [line] = done.stderr.splitlines()
        assert line.startswith("surga: SURGA_SECRET_KEY: it is missing")
        assert "; SURGA_DATABASE_URL: it is missing" in line
        assert ("SURGA_HOSTS: it is missing" in line) is (verb == "serve")
    assert not (tmp_path / "new").exists()


def test_the_compose_file_starts_once_it_was_given_its_secrets(told, tmp_path):
    environment = yaml.safe_load((ROOT / "compose.yaml").read_text())["x-surga"]["environment"]
    given = {"SURGA_APP_PASSWORD": "k3Jx9Qm2"}
    value = re.compile(r"\$\{(\w+)(?::-(.*?)|:\?.*?)?\}")
    for name, text in (("secret_key", GOOD), ("identity_secrets", "")):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o400)
    filled = {name: value.sub(lambda m: given.get(m[1], m[2] or ""), text) for name, text in environment.items()}
    told(**dict.fromkeys(SAFE) | {name: text.replace("/run/secrets", str(tmp_path)) for name, text in filled.items()})

    settings = serving_settings(pages=True)

    assert (settings.hosts, settings.identity_secrets) == (("localhost",), None)


CERTIFICATE = "sslmode=verify-full&sslrootcert={file}"
LISTENED_TO = [
    "postgresql://surga:k3Jx9Qm2@db.example.go.id/surga",
    "postgresql://surga:k3Jx9Qm2@10.0.0.7/surga?sslmode=require",
    "postgresql://surga:k3Jx9Qm2@db/surga?sslmode=prefer",
    "postgresql://surga:k3Jx9Qm2@/surga?host=db.example.go.id",
    "postgresql://surga:k3Jx9Qm2@127.0.0.1,db.example.go.id/surga",
    "postgresql://surga:k3Jx9Qm2@db.localhost/surga",
    "postgresql://surga:k3Jx9Qm2@[fd00::7]:5432/surga",
    "postgresql://surga:k3Jx9Qm2@db/surga?sslmode=verify-ca&sslrootcert={file}",
]
NOT_LISTENED_TO = [
    "postgresql://surga:k3Jx9Qm2@db.example.go.id/surga?" + CERTIFICATE,
    "postgresql://surga:k3Jx9Qm2@one,two:5433/surga?target_session_attrs=read-write&" + CERTIFICATE,
    "postgresql://surga:k3Jx9Qm2@db.example.go.id/surga?sslmode=verify-full&sslrootcert=system",
    "postgresql://surga@/surga?host=/run/postgresql",
    "postgresql://surga@%2Frun%2Fpostgresql/surga",
    "postgresql://surga:k3Jx9Qm2@localhost/surga",
    "postgresql://surga:k3Jx9Qm2@[::1]/surga",
]


@pytest.fixture
def authority(tmp_path):
    """The file of an authority that clients trust."""
    return Authority(tmp_path, "authority").file


@pytest.mark.parametrize("url", LISTENED_TO)
def test_a_line_to_another_host_wants_a_server_that_proves_who_it_is(told, authority, url):
    told(SURGA_DATABASE_URL=url.format(file=authority))

    names, message = refused(pages=False)

    assert names == ["SURGA_DATABASE_URL"]
    assert "verify-full" in message
    assert "example.go.id" not in message
    told(SURGA_DATABASE_URL=url.format(file=authority), SURGA_PLAINTEXT="true")
    assert serving_settings(pages=False).plaintext


@pytest.mark.parametrize("url", NOT_LISTENED_TO)
def test_a_line_that_nobody_listens_to_starts(told, authority, url):
    told(SURGA_DATABASE_URL=url.format(file=authority))

    assert serving_settings(pages=False).database_url == url.format(file=authority)


@pytest.mark.parametrize(
    "url",
    [
        "mysql://surga:hunter2@db/surga",
        "postgresql://surga:hunter2@db:hunter2/surga",
        "postgresql://surga:hunter2@db/surga?sslmode=hunter2",
        "postgresql://surga:hunter2@db/surga?sslmode=verify-full&sslrootcert=/hunter2.crt",
    ],
)
@pytest.mark.parametrize("plaintext", ["true", "false"])
def test_a_url_that_can_not_be_read_is_refused_without_a_word_of_it(told, url, plaintext):
    told(SURGA_DATABASE_URL=url, SURGA_PLAINTEXT=plaintext)

    names, message = refused(pages=False)

    assert names == ["SURGA_DATABASE_URL"]
    assert "hunter2" not in message


@pytest.mark.parametrize(
    ("url", "starts"),
    [
        ("redis://:k3Jx9Qm2@bus.example.go.id/0", False),
        ("redis:///0?host=bus.example.go.id", False),
        ("rediss://bus.example.go.id/0?ssl_cert_reqs=none", False),
        ("rediss://bus.example.go.id/0?ssl_check_hostname=no", False),
        ("rediss://bus.example.go.id/0", True),
        ("rediss://bus.example.go.id/0?ssl_ca_certs=/etc/ssl/bus.crt", True),
        ("redis://localhost/0", True),
        ("unix:///run/valkey.sock", True),
    ],
)
def test_a_line_to_redis_on_another_host_wants_tls(told, url, starts):
    told(SURGA_REDIS_URL=url)

    if starts:
        assert serving_settings(pages=False).redis_url == url
    else:
        names, message = refused(pages=False)
        assert names == ["SURGA_REDIS_URL"]
        assert "example.go.id" not in message
        told(SURGA_REDIS_URL=url, SURGA_PLAINTEXT="true")
        assert serving_settings(pages=False).redis_url == url


def test_no_verb_of_production_uses_a_line_that_others_listen_to(told):
    told(SURGA_DATABASE_URL=LISTENED_TO[0])

    with pytest.raises(CannotStart, match="SURGA_DATABASE_URL: it leads to another host without sslmode=verify-full"):
        find_addresses(load_settings())
    assert find_addresses(load_settings(plaintext=True)).database_url == LISTENED_TO[0]
