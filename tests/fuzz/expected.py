"""Every error that made-up operations may meet, each reviewed; one that is not listed here fails the test."""

from __future__ import annotations

from api.cli.errors_page import guide

# Codes of GraphQL errors, by the caller.
ERRORS = {
    "anonymous": {
        "BAD_INPUT": "values, ids and documents that are none",
        "BAD_CURSOR": "cursors that we never gave",
        "UNAUTHENTICATED": "fields that need somebody",
        "FORBIDDEN": "mutations of staff",
        "RATE_LIMITED": "guesses at secrets, passwords and codes",
        "COST_EXCEEDED": "documents that ask for too much",
    },
    "partner": {
        "BAD_INPUT": "all that is outside its contract does not exist",
        "BAD_CURSOR": "cursors that we never gave",
        "COST_EXCEEDED": "documents that ask for too much",
        "RATE_LIMITED": "its budget",
        "FORBIDDEN": "lists that are for staff, where its contract names them",
    },
    "officer": {
        "BAD_INPUT": "values, ids and documents that are none",
        "BAD_CURSOR": "cursors that we never gave",
        "FORBIDDEN": "what is for admins and coordinators",
        "RATE_LIMITED": "guesses at passwords, codes and persons",
        "COST_EXCEEDED": "documents that ask for too much",
        "UNAUTHENTICATED": "everything after it has signed out, at the end",
    },
}
# Codes of the typed errors in payloads: each that clients are told what to do about.
REFUSALS = frozenset(guide().user())
