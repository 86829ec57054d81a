"""What production does not start with: weak secrets, secrets that others can read, and lists that let everybody in."""

from __future__ import annotations

import math
import os
import re
import stat
from collections import Counter
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from api.secret_files import SECRET_FIELDS, file_variable
from api.security.origins import is_loopback
from api.server.line_checks import has_weak_password, of_lines
from api.settings import SHORTEST_SECRET, Environment, Settings, SettingsWrong, read_settings
from services.credentials.subscribers import network_of

FEWEST_BITS = 45  # of our careful estimate: 32 random hexadecimal digits get about 80, a word said four times 25
WORDS_OF_EXAMPLES = re.compile(
    r"change.?me|password|secret|example|default|insecure|placeholder|qwerty|random|character", re.IGNORECASE
)
WORDS_THAT_STAND_ALONE = frozenset({"test", "tests", "demo", "sample", "surga", "key", "kediri", "rahasia", "xxx"})
WEAK_PASSWORDS = frozenset({"", "postgres", "surga", "password", "secret", "changeme", "admin", "test", "demo", "root"})
OF_WHOLE_COUNTRIES = re.compile(r"[^.]+|(go|co|or|ac|sch|web|my|desa|net|mil|biz)\.id")
NAME = re.compile(r"(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*", re.ASCII | re.IGNORECASE)
ORIGIN = re.compile(r"https?://[^/?#@\s]+/?")
PRODUCTION = {"environment": Environment.PRODUCTION}


def serving_settings(*, pages: bool, **given: Any) -> Settings:
    """The settings of a server or a worker: production where nobody says otherwise, and safe to start with.

    pages tells whether browsers come to this process. Raises SettingsWrong that names everything that is wrong at once,
    and no value.
    """
    settings, wrong = read_settings(**(given if "SURGA_ENVIRONMENT" in os.environ else PRODUCTION | given))
    named = {variable_of(problem) for problem in wrong}
    found = [problem for problem in problems(settings, pages=pages) if variable_of(problem) not in named]
    if wrong or found:
        raise SettingsWrong("; ".join((*wrong, *found)))
    return settings


def variable_of(problem: str) -> str:
    """Which variable a problem is about, be it given in a file or not."""
    return problem.partition(":")[0].removesuffix("_FILE")


def problems(settings: Settings, *, pages: bool, environ: Mapping[str, str] = os.environ) -> list[str]:
    """Everything that stands against starting with these settings, each as `VARIABLE: why`."""
    if settings.environment is not Environment.PRODUCTION:
        return list(open_to_others(settings)) if pages else []
    return [
        *of_secrets(settings),
        *of_lines(settings),
        *of_files(environ),
        *of_allow_lists(settings),
        *(no_names(settings) if pages else ()),
    ]


def open_to_others(settings: Settings) -> Iterator[str]:
    """An address that other machines reach, outside production: GraphiQL and wide limits are for its own machine."""
    if settings.environment is not Environment.TEST and not is_loopback(settings.host):
        yield f"HOST: outside production ({settings.environment}) a desk serves its own machine only, e.g. 127.0.0.1"


def of_secrets(settings: Settings) -> Iterator[str]:
    """Keys and passwords that are missing, known or easily guessed."""
    if settings.secret_key is None:
        given = f"{SHORTEST_SECRET} random characters or more"
        yield f"SURGA_SECRET_KEY: it is missing; give {given}, and keep them for ever"
    elif why := weakness(settings.secret_key.get_secret_value(), settings.data_dir):
        yield f"SURGA_SECRET_KEY: {why}"
    for number, secret in enumerate(settings.identity(), 1):
        if why := weakness(secret.decode(), settings.data_dir):
            yield f"SURGA_IDENTITY_SECRETS: number {number}: {why}"
    if settings.database_url is None:
        yield "SURGA_DATABASE_URL: it is missing"
    elif has_weak_password(settings.database_url, WEAK_PASSWORDS):
        yield "SURGA_DATABASE_URL: its password is one that everybody tries first"


def weakness(secret: str, data_dir: Path) -> str | None:
    """Why a secret is too weak; None where it is not."""
    if is_of_a_demo(secret, data_dir):
        return "it is the key of the demo in the data folder"
    words = set(re.split(r"[^a-z]+", secret.lower()))
    if WORDS_OF_EXAMPLES.search(secret) or words & WORDS_THAT_STAND_ALONE:
        return "it reads like a key of a demo, a test or a page of documentation"
    return "it is too easy to guess; make it at random" if bits(secret) < FEWEST_BITS else None


def is_of_a_demo(secret: str, data_dir: Path) -> bool:
    """Whether a demo made this secret in the data folder, whose demo.json is still there."""
    file = data_dir / "secret.key"
    return (data_dir / "demo.json").exists() and file.exists() and file.read_text().strip() == secret


def bits(secret: str) -> float:
    """A careful estimate of the entropy: Shannon's of its letters, less what repeats and what counts up or down."""
    counts = Counter(secret)
    each = -sum(count / len(secret) * math.log2(count / len(secret)) for count in counts.values())
    pairs = {(first, second) for first, second in pairwise(secret) if not follows(first, second)}
    return each * len(pairs)


def follows(first: str, second: str) -> bool:
    """Whether two letters stand side by side in the alphabet."""
    return abs(ord(second) - ord(first)) <= 1


def of_files(environ: Mapping[str, str]) -> Iterator[str]:
    """Files of secrets that other accounts of this machine can read."""
    for name in map(file_variable, SECRET_FIELDS):
        file = Path(environ.get(name, ""))
        if file.is_file() and stat.S_IMODE(file.stat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO):
            yield f"{name}: others on this machine can read the file; chmod 400 or 600 it"


def of_allow_lists(settings: Settings) -> Iterator[str]:
    """Allow-lists that let everybody in."""
    if any(is_open_origin(origin) for origin in settings.origins):
        yield "SURGA_ORIGINS: it lets in every page, or names no origin like https://portal.example.go.id"
    if any(is_open_name(host) for host in settings.hosts):
        yield "SURGA_HOSTS: it lets in every name; name this desk's own"
    elif not all(map(is_name, settings.hosts)):
        yield "SURGA_HOSTS: write names without scheme, port and path, e.g. lapor.example.go.id"
    if any(is_everywhere(network) for network in settings.trusted_proxies):
        yield "SURGA_TRUSTED_PROXIES: it believes everybody's X-Forwarded-For; name your proxies' networks"


def no_names(settings: Settings) -> Iterator[str]:
    """A server needs a name of its own, or any page may rebind its name to it."""
    if not settings.hosts:
        yield "SURGA_HOSTS: it is missing; name this desk's own, e.g. lapor.example.go.id"


def is_open_origin(origin: str) -> bool:
    return "*" in origin or ORIGIN.fullmatch(origin.lower()) is None or not can_be_read(origin)


def can_be_read(origin: str) -> bool:
    """Whether an origin has an address and a port that exist."""
    try:
        parts = urlsplit(origin)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def is_open_name(host: str) -> bool:
    rest = host.removeprefix("*.")
    return "*" in rest or not rest or (host != rest and OF_WHOLE_COUNTRIES.fullmatch(rest) is not None)


def is_name(host: str) -> bool:
    """Whether a Host header could be this, or one of those that it stands for; the port does not count there."""
    try:
        return bool(ip_address(host))
    except ValueError:
        return NAME.fullmatch(host) is not None


def is_everywhere(name: str) -> bool:
    return name != "unix" and network_of(name).prefixlen == 0
