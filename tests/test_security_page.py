"""docs/security.md promises only what a test shows, and commands and settings that exist."""

import ast
import re
from dataclasses import fields
from datetime import timedelta

from api.documents.introspection_price import FIELDS_OF_A_POINT
from api.documents.limits import DocumentLimits
from api.documents.prices import COUNT, OPERATION, SEARCHES, STATEMENT, STATEMENTS
from api.http.graphql_request import HttpLimits
from api.http.health import ReadyLimits
from api.secret_files import SECRET_FIELDS
from api.security.executions import ExecutionLimits
from api.settings import ADDRESS_SOCKETS, OFFICE_SOCKETS, Settings
from api.websocket.session_parts import SocketLimits
from models.enums import AuditKind
from models.pool_turns import PoolShares
from realtime.guards import GuardLimits
from realtime.limits import HubLimits
from realtime.yielding import PaceLimits
from services.access.filters.filters import NAMES, RULES_OF_FIELDS
from tests.named_commands import NAMED as NAMED_COMMAND
from tests.named_commands import unknown_commands
from tests.root import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text()
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)
RELIABILITY = (ROOT / "docs" / "reliability.md").read_text()


def names_in(path):
    """The names of the tests of a file."""
    nodes = ast.parse((ROOT / path).read_text()).body
    return {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_named_test_exists():
    assert len(NAMED) >= 30
    assert [f"{path}::{name}" for path, name in NAMED if name not in names_in(path)] == []


def test_every_fault_of_the_page_on_reliability_names_a_test_that_exists():
    table = RELIABILITY.partition("## One caller")[2].partition("\n## ")[0]
    rows = [line for line in table.splitlines() if line.startswith("|")][2:]
    found = [re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", row) for row in rows]

    assert len(rows) >= 20
    assert [row for row, named in zip(rows, found, strict=True) if not named] == []
    assert [each for named in found for each in named if each[1] not in names_in(each[0])] == []


def test_every_row_of_the_threat_model_names_a_test():
    table = PAGE.partition("## Who attacks")[2].partition("## ")[0]
    rows = [line for line in table.splitlines() if line.startswith("|")][2:]

    assert [row for row in rows if "::" not in row] == []


def test_every_command_exists():
    assert len(NAMED_COMMAND.findall(PAGE)) >= 10
    assert list(unknown_commands(PAGE)) == []


def test_every_setting_exists():
    files = {f"{field}_file" for field in SECRET_FIELDS}

    assert {name.lower() for name in re.findall(r"SURGA_(\w+)", PAGE)} <= set(Settings.model_fields) | files


def test_every_kind_of_the_audit_log_exists():
    assert set(re.findall(r"\b([A-Z]+_[A-Z]+) rows", PAGE)) == {kind.value for kind in AuditKind} & {
        "REPORTER_REVEALED",
        "REPORTER_SOUGHT",
    }


def test_every_secret_has_its_row():
    table = PAGE.partition("## Rotate each secret")[2].partition("## ")[0]

    assert {"`SURGA_SECRET_KEY`", "`SURGA_IDENTITY_SECRETS`", "the database's password", "the password of Redis"} <= {
        row.split("|")[1].strip() for row in table.splitlines() if row.startswith("|")
    }


def told(name, value):
    """A limit as the page writes it."""
    if isinstance(value, timedelta):
        return f"{value.days} days"
    if isinstance(value, float):
        return f"{value:g} s" if value >= 0.001 else f"{value * 1e6:g} us"
    if "bytes" in name and value % 1024 == 0:
        return f"{value >> 20} MiB" if value % (1 << 20) == 0 else f"{value >> 10} KiB"
    return f"{value:,}"


def test_every_limit_has_its_row_with_its_value_and_a_reason():
    set_ = Settings.model_fields
    sockets = SocketLimits(sockets_per_principal=OFFICE_SOCKETS, sockets_per_address=ADDRESS_SOCKETS)
    http, pool = HttpLimits(body_bytes=set_["body_limit"].default), PoolShares.of(set_["pool_size"].default)
    of_turns, of_process = [ExecutionLimits(), PaceLimits(), pool], [GuardLimits(), ReadyLimits()]
    known = [HubLimits(), sockets, http, *of_turns, *of_process, DocumentLimits()]
    table = PAGE.partition("## Limits")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+\.\w+)` \| (.+?) \| (.+) \|$", table, re.MULTILINE)

    assert [(name, value) for name, value, _ in rows] == [
        (f"{type(each).__name__}.{field.name}", told(field.name, getattr(each, field.name)))
        for each in known
        for field in fields(each)
    ]
    assert [name for name, _, reason in rows if len(reason) < 10] == []


def test_the_page_for_partners_tells_every_price():
    page = (ROOT / "docs" / "partners.md").read_text().partition("## What it costs")[2].partition("\n## ")[0]
    rows = dict(re.findall(r"^\| (.+) \| ([\d,]+) \|$", page, re.MULTILINE))
    costs = {name: int(points.replace(",", "")) for name, points in rows.items()}

    assert list(costs.values()) == [
        OPERATION,
        1,
        1,
        STATEMENT,
        *(STATEMENT * STATEMENTS[f"Query.{name}"] for name in ("ticket", "ticketStatusChanges")),
        STATEMENT * STATEMENTS["Mutation"],
        STATEMENT * STATEMENTS["Query.wallboard"],
        COUNT,
        SEARCHES["Query.tickets"],
    ]
    assert STATEMENTS["Query.ticket"] == STATEMENTS["Query.node"] == STATEMENTS["Query.officers"]
    assert FIELDS_OF_A_POINT == 5
    assert f"{DocumentLimits().cost:,} points for fields\nand {DocumentLimits().statements:,} for the rest" in page


def test_the_page_for_partners_names_all_that_the_rows_of_a_grant_may_be_chosen_by():
    page = (ROOT / "docs" / "partners.md").read_text()
    [named] = re.findall(r"`rows` is a TicketFilter of (.+?), and of nothing else", page, re.DOTALL)

    assert set(re.findall(r"`(\w+)`", named)) == {
        field for field, name in NAMES.items() if RULES_OF_FIELDS[name].granted
    }
