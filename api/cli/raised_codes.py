"""Which codes the program raises, read from its source: what docs/errors.md must know of."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LAYERS = ("api", "schema", "services", "realtime", "models")
USER_ERRORS = ("NotFound", "Forbidden", "InvalidInput", "IdempotencyConflict", "IllegalTransition")
DEFAULTS = {"NotFound": "NOT_FOUND", "VersionConflict": "VERSION_CONFLICT", "Throttled": "THROTTLED"}
OWN_CODES = range(4400, 4500)  # of close frames, as graphql-transport-ws numbers them


@dataclass(slots=True)
class Raised:
    """What the source says: (type, code) of user errors, (extensions.code, text) of whole requests, and the others.

    words: every string of the source; starts: what formatted strings begin with. Codes that reach a refusal as a value
    are among them.
    """

    user: set[tuple[str, str]] = field(default_factory=set)
    edge: set[tuple[str, str]] = field(default_factory=set)
    oauth: set[str] = field(default_factory=set)
    closing: set[int] = field(default_factory=set)
    words: set[str] = field(default_factory=set)
    starts: set[str] = field(default_factory=set)

    def names(self, code: str) -> bool:
        """Whether the source can raise this code at all."""
        return code in self.words or any(code.startswith(start) for start in self.starts)


def raised_codes(root: Path = ROOT) -> Raised:
    """Read the source of every layer under root."""
    trees = [ast.parse(path.read_text("utf-8")) for layer in LAYERS for path in sorted((root / layer).rglob("*.py"))]
    found = Raised()
    for tree in trees:
        constants = _constants(tree)
        for node in ast.walk(tree):
            _note_word(node, found)
            if isinstance(node, ast.Call):
                _note_call(node, constants, found)
    found.closing = set(_close_codes(trees))
    return found


def _note_word(node: ast.AST, found: Raised) -> None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        found.words.add(node.value)
    elif isinstance(node, ast.JoinedStr) and node.values and isinstance(node.values[0], ast.Constant):
        found.starts.add(str(node.values[0].value))


def _note_call(node: ast.Call, constants: dict[str, str], found: Raised) -> None:
    name = _name(node.func)
    codes = [set(_texts(argument, constants)) for argument in node.args[:2]] or [set()]
    if name in USER_ERRORS:
        found.user |= {(name, code) for code in (codes[0] if node.args else {DEFAULTS.get(name, "")}) if code}
    elif name in DEFAULTS:
        found.user.add((name, DEFAULTS[name]))
    elif name == "bad_input":
        found.edge |= {("BAD_INPUT", text) for text in codes[0]}
    elif name == "EdgeRefusal" and len(codes) > 1:
        found.edge |= {(code, text) for code in codes[0] for text in codes[1]}
    elif name == "DeviceGrantRefused":
        found.oauth |= codes[0]


def _name(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def _texts(node: ast.expr, constants: dict[str, str]) -> Iterator[str]:
    """The strings that an argument can be; none where it comes from elsewhere as a value."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body, constants)
        yield from _texts(node.orelse, constants)
    elif isinstance(node, ast.Name) and node.id in constants:
        yield constants[node.id]


def _constants(tree: ast.Module) -> dict[str, str]:
    """The strings that a module names at its top."""
    pairs = [(node.targets[0], node.value) for node in tree.body if isinstance(node, ast.Assign)]
    return {
        target.id: value.value
        for target, value in pairs
        if isinstance(target, ast.Name) and isinstance(value, ast.Constant) and isinstance(value.value, str)
    }


def _close_codes(trees: list[ast.Module]) -> Iterator[int]:
    """Named numbers of our own, and what stands as the code of a close message."""
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
                value = node.value.value
                names = [target.id for target in node.targets if isinstance(target, ast.Name)]
                if isinstance(value, int) and (value in OWN_CODES or "TRY_AGAIN_LATER" in names or "TOO_BIG" in names):
                    yield value
            elif isinstance(node, ast.Dict):
                yield from _close_message(node)


def _close_message(node: ast.Dict) -> Iterator[int]:
    pairs = {
        key.value: value.value
        for key, value in zip(node.keys, node.values, strict=True)
        if isinstance(key, ast.Constant) and isinstance(value, ast.Constant)
    }
    if pairs.get("type") == "websocket.close" and isinstance(pairs.get("code"), int):
        yield int(str(pairs["code"]))
