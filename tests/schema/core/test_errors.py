"""Errors: each has its code, none shows a value or an inner detail, a surprise is logged once."""

from __future__ import annotations

import datetime
import json
from typing import Any

import asyncpg
import pytest
import redis.exceptions
import strawberry
from graphql import ExecutionResult, GraphQLError, GraphQLScalarType, build_schema, execute, parse, validate
from tortoise.exceptions import OperationalError

from realtime.homes import LogElsewhereError
from schema.core.errors import formatted, formatted_exception
from schema.core.printable import printable
from services.core.refusals import EdgeRefusal, Forbidden, InvalidInput, Throttled

SCHEMA = build_schema(
    """
    enum Color { RED }
    input Person { name: String! age: Int color: Color }
    type Query { boom: String rows: [Row] greet(person: Person, color: Color, age: Int, id: ID): String }
    type Row { name: String! note: String }
    """
)


class Recorder:
    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []

    def error(self, event: str, **values: Any) -> None:
        self.lines.append({"event": event, **values})


@pytest.fixture
def log() -> Recorder:
    return Recorder()


def raised(error: Exception, log: Recorder, language: str = "en") -> dict[str, Any]:
    """The error of an operation whose resolver raises."""

    def boom(_info: object) -> str:
        raise error

    result = execute(SCHEMA, parse("{ boom }"), root_value={"boom": boom})
    assert isinstance(result, ExecutionResult)
    (body,) = formatted(result.errors or [], language, log=log)
    return body


def test_a_refusal_keeps_its_code_text_and_extensions(log: Recorder) -> None:
    body = raised(EdgeRefusal("TIMEOUT", "request_timeout", extensions={"more": 1}), log)

    assert body == {
        "message": "The request took too long and was stopped. Try asking for less.",
        "path": ["boom"],
        "locations": [{"line": 1, "column": 3}],
        "extensions": {"code": "TIMEOUT", "more": 1},
    }
    assert log.lines == []


def test_texts_are_indonesian_unless_asked_otherwise(log: Recorder) -> None:
    body = raised(EdgeRefusal("BUSY", "desk_busy"), log, language="id")

    assert body["message"] == "Sistem sedang sibuk. Coba lagi sebentar lagi."


def test_a_refusal_without_a_text_is_still_a_refusal(log: Recorder) -> None:
    assert raised(EdgeRefusal("FORBIDDEN", "no_such_key"), log)["message"] == "FORBIDDEN"


@pytest.mark.parametrize(
    ("refusal", "extensions"),
    [
        (Throttled(30), {"code": "RATE_LIMITED", "retryAfterSeconds": 30}),
        (Forbidden("NOT_YOURS"), {"code": "FORBIDDEN"}),
        (InvalidInput("WRONG"), {"code": "BAD_INPUT"}),
    ],
)
def test_refusals_of_use_cases_have_a_code_in_queries(
    log: Recorder, refusal: Exception, extensions: dict[str, Any]
) -> None:
    assert raised(refusal, log)["extensions"] == extensions
    assert log.lines == []


def wrapped(cause: Exception) -> Exception:
    error = OperationalError(str(cause))
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "extensions"),
    [
        (asyncpg.LockNotAvailableError("x"), {"code": "BUSY", "retryAfterSeconds": 1}),
        (asyncpg.DeadlockDetectedError("x"), {"code": "BUSY", "retryAfterSeconds": 1}),
        (asyncpg.SerializationError("x"), {"code": "BUSY", "retryAfterSeconds": 1}),
        (wrapped(asyncpg.SerializationError("x")), {"code": "BUSY", "retryAfterSeconds": 1}),
        (asyncpg.InvalidCachedStatementError("x"), {"code": "BUSY", "retryAfterSeconds": 1}),
        (asyncpg.OutdatedSchemaCacheError("x"), {"code": "BUSY", "retryAfterSeconds": 1}),
        (asyncpg.TooManyConnectionsError("x"), {"code": "BUSY", "retryAfterSeconds": 1}),
        (TimeoutError(), {"code": "BUSY", "retryAfterSeconds": 1}),
        (asyncpg.QueryCanceledError("x"), {"code": "TIMEOUT"}),
        (asyncpg.ConnectionDoesNotExistError("x"), {"code": "UNAVAILABLE"}),
        (asyncpg.CannotConnectNowError("x"), {"code": "UNAVAILABLE"}),
        (LogElsewhereError("x"), {"code": "UNAVAILABLE"}),
        (asyncpg.InterfaceError("pool is closing"), {"code": "UNAVAILABLE"}),
        (ConnectionRefusedError("x"), {"code": "UNAVAILABLE"}),
        (redis.exceptions.ConnectionError("x"), {"code": "UNAVAILABLE"}),
    ],
)
def test_a_busy_or_absent_database_is_no_crash(log: Recorder, error: Exception, extensions: dict[str, Any]) -> None:
    assert raised(error, log)["extensions"] == extensions
    assert log.lines == []


def test_a_surprise_is_masked_and_logged_under_its_id(log: Recorder) -> None:
    body = raised(ValueError("the phone 0812-3456-7890 of Budi\nis odd"), log)

    (line,) = log.lines
    assert body["extensions"] == {"code": "INTERNAL", "errorId": line["error_id"]}
    assert (line["event"], line["error_type"], line["text"], line["path"]) == (
        "unexpected_error",
        "ValueError",
        None,
        "boom",
    )
    assert line["frames"][-1].endswith(" boom")
    assert "Budi" not in json.dumps([line, body])


def test_a_surprise_about_the_program_is_logged_with_its_text(log: Recorder) -> None:
    raised(AttributeError("'NoneType' object has no attribute 'name'"), log)

    assert log.lines[0]["text"] == "'NoneType' object has no attribute 'name'"


def test_one_exception_that_breaks_many_fields_is_logged_once(log: Recorder) -> None:
    error = RuntimeError("broken loader")
    rows = [{"name": "a", "note": error}, {"name": "b", "note": error}]
    result = execute(SCHEMA, parse("{ rows { name note } }"), root_value={"rows": rows})

    assert isinstance(result, ExecutionResult)
    bodies = formatted(result.errors or [], "en", log=log)

    assert [body["path"] for body in bodies] == [["rows", 0, "note"], ["rows", 1, "note"]]
    assert len({body["extensions"]["errorId"] for body in bodies}) == 1
    assert len(log.lines) == 1


def test_an_answer_that_does_not_fit_the_schema_is_our_mistake(log: Recorder) -> None:
    result = execute(SCHEMA, parse("{ rows { name } }"), root_value={"rows": [{"name": None}]})

    assert isinstance(result, ExecutionResult)
    (body,) = formatted(result.errors or [], "en", log=log)
    assert body["extensions"]["code"] == "INTERNAL"
    assert log.lines[0]["text"] == "Cannot return null for non-nullable field Row.name."


def test_log_lines_can_not_be_forged(log: Recorder) -> None:
    raised(TypeError('odd\n{"event":"signed_in"}\x1b[2K\u202egnp\u2028x\ud800'), log)

    assert log.lines[0]["text"] == 'odd\\u000a{"event":"signed_in"}\\u001b[2K\\u202egnp\\u2028x\\ud800'
    assert printable("Jalan Dhoho, é") == "Jalan Dhoho, é"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{ gret }", "Cannot query field 'gret' on type 'Query'."),
        ('{ greet(age: "Budi") }', "Int cannot represent non-integer value."),
        ("{ greet(age: 99999999999) }", "Int cannot represent non 32-bit signed integer value."),
        ('{ greet(color: "Budi") }', "Enum 'Color' cannot represent non-enum value."),
        ("{ greet(color: BUDI) }", "The value does not exist in 'Color' enum."),
        ('{ greet(person: "Budi") }', "Expected value of type 'Person' to be an object."),
        ("{ greet(person: {}) }", "Expected value of type 'Person' to include required field 'name'."),
        (
            '{ greet(person: {name: "Budi", nik: "1"}) }',
            "Expected value of type 'Person' not to include unknown field 'nik'.",
        ),
    ],
)
def test_validation_errors_name_the_place_and_no_value(log: Recorder, source: str, message: str) -> None:
    (body,) = formatted(validate(SCHEMA, parse(source), hide_suggestions=True)[:1], "en", log=log)

    assert body["message"] == message
    assert body["extensions"] == {"code": "BAD_INPUT"}
    assert body["locations"]
    assert "path" not in body


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"age": "Budi"}, "Variable '$age' has invalid value: Int cannot represent non-integer value."),
        ({"id": {"a": "Budi"}}, "Variable '$id' has invalid value: ID cannot represent value."),
        ({"color": "it's Budi"}, "Variable '$color' has invalid value: The value does not exist in 'Color' enum."),
        ({"color": 5}, "Variable '$color' has invalid value: Enum 'Color' cannot represent non-string value."),
        ({"person": 5}, "Variable '$person' has invalid value: Expected value of type 'Person' to be an object."),
        (
            {"person": {"name": "Budi", "rumah\u202e 'Budi'": 1}},
            "Variable '$person' has invalid value: Expected value of type 'Person' not to include unknown field.",
        ),
        (
            {"person": {"name": {"a": "Budi"}}},
            "Variable '$person' has invalid value at .name: String cannot represent a non string value.",
        ),
    ],
)
def test_variables_are_refused_without_their_values(log: Recorder, variables: dict[str, Any], message: str) -> None:
    declared = "$person: Person, $color: Color, $age: Int, $id: ID"
    source = f"query ({declared}) {{ greet(person: $person, color: $color, age: $age, id: $id) }}"
    result = execute(SCHEMA, parse(source), variable_values=variables, hide_suggestions=True)

    assert isinstance(result, ExecutionResult)
    (body,) = formatted(result.errors or [], "en", log=log)
    assert body["message"] == message
    assert body["extensions"] == {"code": "BAD_INPUT"}


def test_scalars_of_strawberry_are_refused_without_their_values(log: Recorder) -> None:
    @strawberry.type
    class Query:
        @strawberry.field
        def since(self, day: datetime.date) -> str:
            return str(day)

    result = execute(
        strawberry.Schema(Query)._schema, parse("query ($d: Date!) { since(day: $d) }"), variable_values={"d": "Budi"}
    )

    assert isinstance(result, ExecutionResult)
    (body,) = formatted(result.errors or [], "en", log=log)
    assert body["message"] == "Variable '$d' has invalid value: Value cannot represent a Date."
    assert body["extensions"] == {"code": "BAD_INPUT"}


def test_a_scalar_that_raises_is_the_clients_mistake(log: Recorder) -> None:
    def parse_value(value: object) -> object:
        raise ValueError("odd Budi")

    schema = build_schema("scalar Odd type Query { a(odd: Odd): Int }")
    scalar = schema.get_type("Odd")
    assert isinstance(scalar, GraphQLScalarType)
    scalar.coerce_input_value = parse_value  # type: ignore[method-assign]
    result = execute(schema, parse("query ($o: Odd) { a(odd: $o) }"), variable_values={"o": "Budi"})

    assert isinstance(result, ExecutionResult)
    (body,) = formatted(result.errors or [], "en", log=log)
    assert body["message"] == "Variable '$o' has invalid value: Expected value of type 'Odd'."
    assert body["extensions"] == {"code": "BAD_INPUT"}


def test_a_failure_outside_every_field_is_masked_too(log: Recorder) -> None:
    assert formatted_exception(ConnectionResetError(), "en", log=log)["extensions"] == {"code": "UNAVAILABLE"}
    assert formatted_exception(KeyError("Budi"), "en", log=log)["extensions"]["code"] == "INTERNAL"
    assert len(log.lines) == 1


def test_an_input_that_is_refused_outside_every_field_is_no_failure_of_ours(log: Recorder) -> None:
    wrong = GraphQLError("Variable '$after' has invalid value: A Cursor is a string.", original_error=GraphQLError("x"))

    assert formatted_exception(wrong, "en", log=log) == {
        "message": "Variable '$after' has invalid value: A Cursor is a string.",
        "extensions": {"code": "BAD_INPUT"},
    }
    assert log.lines == []


def test_syntax_errors_show_no_text_of_the_client(log: Recorder) -> None:
    with pytest.raises(GraphQLError) as caught:
        parse('{ greet("Budi 0812") }')

    (body,) = formatted([caught.value], "id", log=log)
    assert body["message"] == "Permintaan GraphQL tidak sah: Syntax Error: Expected Name, found String."
