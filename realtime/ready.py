"""Payloads of one group that are ready to be written again to those who return."""

from __future__ import annotations

from collections.abc import Iterable


class Ready:
    """Payloads by seq; None stands for an event that shows nothing; what a later event outdated is absent."""

    def __init__(self) -> None:
        self.size = 0
        self._payloads: dict[int, tuple[int, bytes | None]] = {}
        self._of_ticket: dict[int, set[int]] = {}

    def __len__(self) -> int:
        return len(self._payloads)

    def __contains__(self, seq: int) -> bool:
        return seq in self._payloads

    def __getitem__(self, seq: int) -> bytes | None:
        return self._payloads[seq][1]

    def put(self, seq: int, ticket: int, payload: bytes | None) -> None:
        self.drop(seq)
        self._payloads[seq] = (ticket, payload)
        self._of_ticket.setdefault(ticket, set()).add(seq)
        self.size += len(payload or b"")

    def drop(self, seq: int) -> None:
        found = self._payloads.pop(seq, None)
        if found is not None:
            ticket, payload = found
            self.size -= len(payload or b"")
            seqs = self._of_ticket[ticket]
            seqs.discard(seq)
            if not seqs:
                del self._of_ticket[ticket]

    def forget(self, tickets: Iterable[int]) -> None:
        """Drop the payloads of these tickets: they show the row as it was before."""
        for ticket in tickets:
            for seq in tuple(self._of_ticket.get(ticket, ())):
                self.drop(seq)

    def clear(self) -> None:
        self._payloads.clear()
        self._of_ticket.clear()
        self.size = 0

    def keep(self, most: int, most_bytes: int) -> None:
        """Drop the oldest payloads over most, or over most_bytes together."""
        if len(self._payloads) <= most and self.size <= most_bytes:
            return
        for seq in sorted(self._payloads):
            # Going down to three quarters makes the sorting rare.
            if len(self._payloads) <= most * 3 // 4 and self.size <= most_bytes * 3 // 4:
                return
            self.drop(seq)
