"""The past evaluations of a simulated desk: some cases wait, some are followed up, late or not, and some are done."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from models import UnresolvedCase
from models.enums import EscalationLevel
from services.core.desk import Desk
from services.core.refusals import Refusal
from services.evaluation.evaluating import Closing, Evaluation, close, evaluate
from services.simulation.cast import Cast
from services.unresolved.filling import fill
from services.unresolved.stays import OPEN_STATES

AFTER, UNTIL, DONE = timedelta(days=2), timedelta(days=7), timedelta(days=4)
KINDS = 4  # waits, is followed up late, is followed up in time, is done
LEVELS = (EscalationLevel.AGENCY, EscalationLevel.COORDINATOR, EscalationLevel.LEADER)
DECISION = "Kebutuhan warga diakui, dan penanganan sementara dilanjutkan sampai penyelesaian tetap dapat dikerjakan."
ADVICE = "Instansi penanggung jawab mengusulkan anggarannya dan mengabari pelapor pada hari tindak lanjut."
OUTCOME = "Usulan sudah tercatat pada rencana kerja, dan pelapor sudah dikabari."


async def evaluate_past(desk: Desk, cast: Cast) -> int:
    """Open the cases of what the log tells, and evaluate most of them as long ago as it would have been done."""
    await fill(desk)
    rows = await UnresolvedCase.filter(state__in=OPEN_STATES).order_by("opened_at", "id")
    codes = {ref.pk: code for code, ref in cast.reference.agency_codes.items()}
    done = 0
    for index, row in enumerate(rows):
        code = codes.get(row.lead_agency_id or 0)
        if index % KINDS and code is not None and row.opened_at + AFTER <= desk.now():
            with suppress(Refusal):  # not every report is the coordinator's to steer
                await _evaluate(desk, cast, row, index, code)
                done += 1
    return done


async def _evaluate(desk: Desk, cast: Cast, row: UnresolvedCase, index: int, code: str) -> None:
    then, now = desk.at(row.opened_at + AFTER), desk.today()
    late = index % KINDS == 1
    day = then.today() + UNTIL if late else max(then.today(), now) + UNTIL
    scope, level = cast.coordinators[index % len(cast.coordinators)], LEVELS[index % len(LEVELS)]
    made = await evaluate(then, scope, Evaluation(row.id, row.version, level, DECISION, ADVICE, code, day))
    if index % KINDS == KINDS - 1:
        await close(
            desk.at(min(row.opened_at + AFTER + DONE, desk.now())), scope, Closing(made.id, made.version, OUTCOME)
        )
