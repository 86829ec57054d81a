import type { TicketStatus } from '@surga/shared/generated';
import { label } from '@surga/shared/labels';
import { wordsOf, type Parts } from './parts.ts';
import { emsOf } from '@surga/shared/widths';

/** The order of the work (docs/workflow.md): nothing ever changes its place. */
const OPEN = [
  'RECEIVED',
  'INCOMPLETE',
  'VERIFIED',
  'DISPATCHED',
  'IN_PROGRESS',
  'ON_HOLD',
  'ANSWERED',
  'REOPENED',
] as const satisfies TicketStatus[];
const ENDED = [
  'RESOLVED',
  'UNRESOLVED',
  'OUT_OF_JURISDICTION',
  'DIVERTED_TO_EMERGENCY',
  'ARCHIVED',
] as const satisfies TicketStatus[];

/** From here on figures leave too little room for the longest word. */
const MILLION = 1_000_000;

type Counts = Map<string, number>;

/** What is owed and what has ended, all rows always there. */
export function Statuses({ board, settings }: Parts) {
  const { say, number } = wordsOf(settings);
  const counts: Counts = new Map(board.byStatus.map(({ status, count }) => [status, count]));
  const [open, ended] = groups(counts, board.open);
  const of = { counts, number, word: (status: string) => label(settings.language, 'TicketStatus', status) };
  const ems = emsOf(board.byStatus.map(({ status }) => [of.word(status), number(board.total)]));
  return (
    <section
      className={board.total < MILLION ? 'panel statuses' : 'panel statuses millions'}
      style={{ '--ems': ems } as React.CSSProperties}
    >
      <h2>{say('statuses')}</h2>
      <div className="groups">
        <Group {...of} name={say('open')} sum={board.open} rows={open} />
        <Group {...of} name={say('endedGroup')} sum={board.total - board.open} rows={ended} />
      </div>
      <p className="sum" data-count="total" data-value={board.total}>
        <span>{say('total')}</span> <b>{number(board.total)}</b>
      </p>
      {board.withheld ? (
        <p className="sum withheld-here">
          <span>{say('withheldShort')}</span> <b>{number(board.withheld)}</b>
        </p>
      ) : null}
    </section>
  );
}

/** A status that this page does not know yet stands where the sums need it. */
function groups(counts: Counts, owed: number): [string[], string[]] {
  const known: readonly string[] = [...OPEN, ...ENDED];
  const fresh = [...counts.keys()].filter((status) => !known.includes(status));
  let missing = owed - OPEN.reduce((sum, status) => sum + (counts.get(status) ?? 0), 0);
  const isOwed = (status: string) => {
    const count = counts.get(status) ?? 0;
    if (count > missing || count === 0) return false;
    missing -= count;
    return true;
  };
  const open = fresh.filter(isOwed);
  return [
    [...OPEN, ...open],
    [...ENDED, ...fresh.filter((status) => !open.includes(status))],
  ];
}

type Given = {
  name: string;
  sum: number;
  rows: string[];
  counts: Counts;
  number: (value: number) => string;
  word: (status: string) => string;
};

function Group({ name, sum, rows, counts, number, word }: Given) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{name}</th>
          <th scope="col">{number(sum)}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((status) => {
          const count = counts.get(status) ?? 0;
          return (
            <tr key={status} className={count ? '' : 'none'} data-status={status} data-value={count}>
              <th scope="row">{word(status)}</th>
              <td>{number(count)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
