"""Metrics pages and logs as a run leaves them, full of numbers and tokens that mean nobody; drawn by a seed."""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64encode
from random import Random
from uuid import UUID

NOW = 1_793_000_000  # seconds since 1970, near which all clocks of a page stand


def page(rng: Random) -> bytes:
    """One page of metrics and one log, of which nothing is personal."""
    return "\n".join([*metrics(rng), *log(rng)]).encode()


def metrics(rng: Random) -> list[str]:
    """What /metrics answers: sums of durations with all their digits, moments as powers of ten, and counters."""
    return [
        *(f'surga_request_seconds_sum{{operation="{name}"}} {elapsed(rng)}' for name in ("tickets", "ticket", "board")),
        *(f'surga_request_seconds_bucket{{le="{2**-step}"}} {rng.randrange(10**6)}.0' for step in range(3)),
        f"surga_request_seconds_created {NOW + rng.random():.16e}",
        f"surga_look_seconds_sum {rng.random()}",
        f"surga_event_age_seconds {rng.expovariate(10**4)}",
        f"process_resident_memory_bytes {float(rng.randrange(10**9))}",
        f"process_virtual_memory_bytes {rng.randrange(10**9):.9e}",
        f"process_cpu_seconds_total {rng.randrange(10**7) / 100}",
        f"surga_sent_bytes_total {rng.randrange(10 ** rng.randrange(5, 16))}",
        f"surga_head_seq {rng.randrange(10**7)}",
    ]


def elapsed(rng: Random) -> float:
    """A duration in seconds as two readings of a clock give it: after some digits only what rounding left."""
    begun = rng.randrange(10**14) / 10**9
    return (begun + rng.randrange(10**5) / 10**7) - begun


def log(rng: Random) -> list[str]:
    """Lines of the desk, of PostgreSQL and of Redis, with the kinds of numbers and tokens that stand in them."""
    nanoseconds, moment = NOW * 10**9 + rng.randrange(10**18), NOW + rng.random()
    drawn, key = rng.randbytes(32), rng.getrandbits(64)
    clock = f"{rng.randrange(24):02}:{rng.randrange(60):02}:{rng.randrange(60):02}"
    return [
        f'{{"event": "request", "timestamp": "2026-11-29T{clock}.{rng.randrange(10**6):06}Z", "ms": {elapsed(rng)}}}',
        f'{{"request_id": "{drawn.hex()[:32]}", "port": {rng.randrange(1024, 65536)}, "pid": {rng.randrange(4**10)}}}',
        f'{moment:.6f} [0 unix:/tmp/surga-{key:x}.sock] "PUBLISH" "surga:{drawn[:16].hex()}" "{rng.randrange(10**6)}"',
        f'{moment:.6f} [0 127.0.0.1:{rng.randrange(1024, 65536)}] "SET" "LIMITS/{key}" "{nanoseconds}" "PX" "60000"',
        f"2026-11-29 {clock}.{rng.randrange(1000):03} UTC [{rng.randrange(99999)}] LOG:  duration: {elapsed(rng)} ms",
        f"LOG:  WAL file {rng.randrange(9):08X}{rng.randrange(99):08X}{rng.randrange(256):08X}; lsn=0/{key:X}",
        f"SELECT pg_advisory_xact_lock({key - 2**63}); deadlock after {rng.randrange(10**9)} ns at {nanoseconds}",
        f"sha256 {drawn.hex()} etag W/{drawn.hex()[:40].upper()} traceparent 00-{drawn.hex()[:32]}-{key:016x}-01",
        f"epoch {UUID(bytes=drawn[:16])} cursor {b64encode(drawn).decode()} token {urlsafe_b64encode(drawn).decode()}",
        f"KDR-2026-{rng.randrange(10**6):06} {rng.randrange(10**4)} ms, {rng.randrange(300)} B, {moment * 1000:.0f}",
    ]
