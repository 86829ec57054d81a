import { LateMark } from './marks.tsx';
import { shortOf } from '@surga/shared/about';
import { wordsOf, type Parts } from './parts.ts';
import { emsOf } from '@surga/shared/widths';

const SHOWN = 6;
type Load = Parts['board']['byLateness'][number];
/** name null: no agency leads it yet, or it stands for several. */
type Line = { key: string; short: string; name: string; open: number; overdue: number; bar: boolean; kind: string };

/** Whose it is: the desk's own debt first, then who is late, then who has most. */
export function Agencies({ board, settings }: Parts) {
  const { say, number } = wordsOf(settings);
  const lines = [
    ...own(board, say('undispatched')),
    ...board.byLateness.slice(0, SHOWN).map(lineOf),
    ...others(board.byLateness.slice(SHOWN), (n) => say('others', { n: number(n) })),
  ];
  const most = Math.max(1, ...lines.filter(({ bar }) => bar).map(({ open }) => open));
  const ems = emsOf(lines.map(({ short, overdue, open }) => [short, number(overdue), number(open)]));
  return (
    <section className="panel agencies" style={{ '--ems': ems } as React.CSSProperties}>
      {lines.length === 0 ? (
        <>
          <h2>{say('agencies')}</h2>
          <p className="calm">{say('nothingOpen')}</p>
        </>
      ) : (
        <table>
          <caption>{say('agencies')}</caption>
          <thead>
            <tr>
              <th scope="col">{say('agencyCode')}</th>
              <th scope="col">{say('lateShort')}</th>
              <th scope="col">{say('openShort')}</th>
            </tr>
          </thead>
          <tbody>
            {lines.map((line) => (
              <Row key={line.key} line={line} most={most} number={number} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Row({ line, most, number }: { line: Line; most: number; number: (value: number) => string }) {
  const { key, short, name, open, overdue, bar, kind } = line;
  return (
    <tr className={kind} data-agency={key} data-open={open} data-overdue={overdue}>
      <th scope="row">
        {short === name ? (
          <span className="name">{name}</span>
        ) : (
          <abbr className="name" title={name}>
            {short}
          </abbr>
        )}
        {bar && <Bar open={open / most} late={overdue / most} />}
      </th>
      <td className={overdue ? 'overdue late' : 'overdue'}>
        {overdue > 0 && <LateMark />}
        {number(overdue)}
      </td>
      <td>{number(open)}</td>
    </tr>
  );
}

/** Parts of the longest bar. */
function Bar({ open, late }: { open: number; late: number }) {
  const style = { '--open': open, '--late-part': late } as React.CSSProperties;
  return <span className="bar" style={style} aria-hidden="true" />;
}

function lineOf({ agency, open, overdue }: Load): Line {
  return { key: agency.code, short: shortOf(agency), name: agency.name, open, overdue, bar: true, kind: 'agency' };
}

/** It has its row while anything is open, so that the first report of a morning moves no other. */
function own(board: Parts['board'], name: string): Line[] {
  const { openWithoutAgency: open, overdueWithoutAgency: overdue } = board;
  return board.open ? [{ key: '-', short: name, name, open, overdue, bar: false, kind: 'desk' }] : [];
}

/** A sum of many has no bar: it would look like one busy agency. */
function others(rest: Load[], named: (n: number) => string): Line[] {
  if (rest.length === 0) return [];
  const sum = (of: 'open' | 'overdue') => rest.reduce((total, load) => total + load[of], 0);
  const name = named(rest.length);
  return [{ key: '+', short: name, name, open: sum('open'), overdue: sum('overdue'), bar: false, kind: 'rest' }];
}
