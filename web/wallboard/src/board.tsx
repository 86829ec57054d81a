import { useMemo } from 'react';
import { formats } from '@surga/shared/formats';
import type { Freshness } from '@surga/shared/freshness';
import type { BoardFragment } from '@surga/shared/generated';
import { label } from '@surga/shared/labels';
import { texts } from '@surga/shared/texts';
import type { Settings } from './settings.tsx';
import { Trend } from './trend.tsx';

type Parts = { board: BoardFragment; settings: Settings; now: number; theme: string };

const AGENCIES = 8;
const OLDEST = 6;
const LATEST = 5;
/** Letters of what a board is narrowed to, beyond which they are smaller. */
const LONG = 60;

export function Board(parts: Parts) {
  return (
    <main className="board">
      <Counters {...parts} />
      <TrendPanel {...parts} />
      <Agencies {...parts} />
      <Oldest {...parts} />
      <Statuses {...parts} />
      <Latest {...parts} />
    </main>
  );
}

function Counters({ board, settings }: Parts) {
  const say = texts(settings.language);
  const { number } = formats(settings.language);
  const shown = ['open', 'overdue', 'dueSoon', 'receivedToday', 'resolvedToday', 'total'] as const;
  return (
    <section className="counters">
      {shown.map((name) => (
        <div className={`counter ${name}`} key={name} data-count={name} data-value={board[name]}>
          <p
            className="figure"
            key={board[name]}
            style={{ '--digits': number(board[name]).length } as React.CSSProperties}
          >
            {number(board[name])}
          </p>
          <h2>{say(name)}</h2>
        </div>
      ))}
    </section>
  );
}

function TrendPanel({ board, settings, theme }: Parts) {
  const say = texts(settings.language);
  const words = useMemo(
    () => ({ received: say('received'), resolved: say('resolved'), short: formats(settings.language).short }),
    [settings.language],
  );
  return (
    <section className="panel trend">
      <h2>
        {say('trend')}
        <span className="key received">{words.received}</span>
        <span className="key resolved">{words.resolved}</span>
      </h2>
      <Trend days={board.trend} words={words} theme={theme} />
    </section>
  );
}

function Agencies({ board, settings }: Parts) {
  const say = texts(settings.language);
  const { number } = formats(settings.language);
  const shown = board.byAgency.slice(0, AGENCIES);
  const rest = board.byAgency.slice(AGENCIES);
  const sum = (name: 'open' | 'overdue') => rest.reduce((total, load) => total + load[name], 0);
  const lines = [
    ...shown.map((load) => ({
      key: load.agency.code,
      name: load.agency.name,
      open: load.open,
      overdue: load.overdue,
      quiet: false,
    })),
    ...(rest.length
      ? [
          {
            key: '+',
            name: say('others', { n: number(rest.length) }),
            open: sum('open'),
            overdue: sum('overdue'),
            quiet: true,
          },
        ]
      : []),
    ...(board.openWithoutAgency
      ? [
          {
            key: '-',
            name: say('noAgency'),
            open: board.openWithoutAgency,
            overdue: board.overdueWithoutAgency,
            quiet: true,
          },
        ]
      : []),
  ];
  const most = Math.max(1, ...shown.map((load) => load.open), board.openWithoutAgency);
  return (
    <section className="panel agencies">
      <h2>
        {say('agencies')} <small>{say('agenciesNote')}</small>
      </h2>
      {lines.length === 0 && <p className="none">{say('nothing')}</p>}
      <ul>
        {lines.map((line) => (
          <li
            key={line.key}
            className={line.quiet ? 'quiet' : ''}
            data-agency={line.key}
            data-open={line.open}
            data-overdue={line.overdue}
          >
            <span className="name">{line.name}</span>
            <span className="numbers">
              <b>{number(line.open)}</b> <i className={line.overdue ? 'late' : ''}>{number(line.overdue)}</i>
            </span>
            <span className="bar" style={{ '--part': Math.min(1, line.open / most) } as React.CSSProperties} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Oldest({ board, settings, now }: Parts) {
  const say = texts(settings.language);
  const { waited } = formats(settings.language);
  return (
    <section className="panel oldest">
      <h2>{say('oldest')}</h2>
      {board.oldestOpen.length === 0 && <p className="none">{say('nothing')}</p>}
      <ul>
        {board.oldestOpen.slice(0, OLDEST).map((ticket) => (
          <li key={ticket.number}>
            <b>{ticket.number}</b>
            <em>{waited(ticket.receivedAt, now)}</em>
            <span className="name">
              {[ticket.agency?.name ?? say('noAgency'), ticket.category?.name].filter(Boolean).join(' · ')}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Statuses({ board, settings }: Parts) {
  const say = texts(settings.language);
  const { number } = formats(settings.language);
  const shown = board.byStatus.filter((each) => each.count > 0).sort((one, other) => other.count - one.count);
  return (
    <section className="panel statuses">
      <h2>{say('statuses')}</h2>
      {shown.length === 0 && <p className="none">{say('nothing')}</p>}
      <ul>
        {shown.map((each) => (
          <li key={each.status} data-status={each.status} data-value={each.count}>
            <span className="name">{label(settings.language, 'TicketStatus', each.status)}</span>
            <b>{number(each.count)}</b>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Latest({ board, settings }: Parts) {
  const say = texts(settings.language);
  const { minute } = formats(settings.language);
  return (
    <section className="panel latest">
      <h2>{say('latest')}</h2>
      {board.latest.length === 0 && <p className="none">{say('nothing')}</p>}
      <ul>
        {board.latest.slice(0, LATEST).map((change) => (
          <li key={`${change.number} ${change.at} ${change.to}`}>
            <time dateTime={change.at}>{minute(change.at)}</time>
            <b>{change.number}</b>
            <span className={`to ${change.to}`}>{label(settings.language, 'TicketStatus', change.to)}</span>
            <span className="name">{[change.agency?.name, change.category?.name].filter(Boolean).join(' · ')}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

export function Head({
  board,
  settings,
  now,
  freshness,
  narrowed,
  refused,
  children,
}: Omit<Parts, 'board' | 'theme'> & {
  board: BoardFragment | null;
  freshness: Freshness;
  narrowed: string;
  refused: boolean;
  children: React.ReactNode;
}) {
  const say = texts(settings.language);
  const { time, minute, day, number } = formats(settings.language);
  const words = freshness.broken.map((part) =>
    part === 'SERVER' ? say('SERVER') : label(settings.language, 'Link', part),
  );
  return (
    <header>
      <div>
        <h1>{say('boardTitle')}</h1>
        <p className="today">
          {day(now)} · {minute(now)} WIB
          {board?.tooFew ? ` · ${say('tooFew')}` : ''}
          {board?.withheld ? ` · ${say('withheld', { n: number(board.withheld) })}` : ''}
        </p>
      </div>
      {narrowed && (
        <p className={narrowed.length > LONG ? 'narrowed long' : 'narrowed'}>{say('narrowed', { what: narrowed })}</p>
      )}
      {children}
      <div
        className="state"
        role="status"
        data-stale={freshness.stale}
        data-broken={freshness.broken.join(' ')}
        data-refused={refused}
      >
        {board && <p className="asof">{say('asOf', { t: time(board.asOf) })}</p>}
        <p className="light">
          {words.length
            ? say('broken', { what: words.join(', ') })
            : say(refused ? 'refused' : freshness.waiting ? 'connecting' : 'live')}
        </p>
      </div>
    </header>
  );
}
