import { operation, type Desk, type Fields, type Watch } from './desk.ts';

export type Report = { viewer: string; moves: string[]; cursors: string[]; refusal: string };

const PATIENCE_MS = 10_000;

/** A list of changes that survives broken lines: it keeps the last cursor and goes on from there. */
class LiveList {
  readonly events: Fields[] = [];
  cursor: string;
  #desk: Desk;
  #id: string;
  #watch: Watch | undefined;
  #wake: () => void = () => {};

  constructor(desk: Desk, cursor: string, id: string) {
    this.#desk = desk;
    this.cursor = cursor;
    this.#id = id;
  }

  connect(): void {
    const variables = { filter: {}, after: this.cursor };
    this.#watch = this.#desk.watch(operation('ticket-status-changed'), variables, (data) => this.#take(data));
  }

  async cut(): Promise<void> {
    const watch = this.#watch!;
    watch.cut();
    await within(watch.ended, 'the end of a line that was cut');
  }

  /** Waits until the ticket was seen to come to this status. */
  async sees(status: string): Promise<void> {
    const seen = () => this.events.some((event) => event['to'] === status);
    const broken = this.#watch!.ended.then((why) => {
      throw new Error(`the line ended while waiting for ${status}: ${JSON.stringify(why)}`);
    });
    broken.catch(() => {});
    while (!seen()) await within(Promise.race([this.#next(), broken]), `the change to ${status}`);
  }

  #next(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }

  #take(data: Fields): void {
    const change = data['ticketStatusChanged'];
    this.cursor = change.cursor;
    if (change.ticket.id === this.#id) this.events.push(change);
    this.#wake();
  }
}

/** One case from intake to work, moved and watched by one client whose line breaks in between. */
export async function workOneCase(desk: Desk): Promise<Report> {
  const { viewer } = await desk.query(operation('viewer'));
  const { tickets } = await desk.query(operation('ticket-list'), { first: 1 });
  const agency = await anyAgency(desk);
  let ticket = await submit(desk);
  const refusal = await refused(desk, ticket);

  const live = new LiveList(desk, tickets.feedCursor, ticket['id']);
  live.connect();
  ticket = await move(desk, 'verify-ticket', 'verifyTicket', ticket, { classification: 'COMPLAINT' });
  await live.sees('VERIFIED');

  await live.cut();
  ticket = await move(desk, 'dispatch-ticket', 'dispatchTicket', ticket, { leadAgencyCode: agency });
  live.connect();
  await live.sees('DISPATCHED');
  const started = { status: 'IN_PROGRESS', note: 'Petugas menuju lokasi.' };
  await move(desk, 'change-ticket-status', 'changeTicketStatus', ticket, started);
  await live.sees('IN_PROGRESS');

  const moves = live.events.map((event) => `${event['from']} ${event['to']} ${event['version']}`);
  return { viewer: viewer.name, moves, cursors: live.events.map((event) => event['cursor']), refusal };
}

async function anyAgency(desk: Desk): Promise<string> {
  const { agencies } = await desk.query(operation('agencies'));
  return agencies.find((agency: Fields) => agency['kind'] === 'OPD' && agency['active']).code;
}

async function submit(desk: Desk): Promise<Fields> {
  const input = {
    title: 'Lubang di jalan',
    body: 'Ada lubang besar di depan pasar.',
    channel: 'WALK_IN',
    anonymous: false,
    confidential: false,
  };
  return changed((await desk.mutate(operation('submit-ticket'), { input }))['submitTicket']);
}

async function move(desk: Desk, name: string, field: string, ticket: Fields, fields: Fields): Promise<Fields> {
  const input = { id: ticket['id'], expectedVersion: ticket['version'], ...fields };
  return changed((await desk.mutate(operation(name), { input }))[field]);
}

/** The code of the refusal that a version of the past gets. */
async function refused(desk: Desk, ticket: Fields): Promise<string> {
  const input = { id: ticket['id'], expectedVersion: ticket['version'] - 1, classification: 'COMPLAINT' };
  const { verifyTicket } = await desk.mutate(operation('verify-ticket'), { input });
  return verifyTicket.errors[0].__typename;
}

function changed(payload: Fields): Fields {
  if (payload['errors'].length > 0) throw new Error(`refused: ${JSON.stringify(payload['errors'])}`);
  return payload['ticket'];
}

async function within<T>(promise: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${PATIENCE_MS} ms for ${what}`)), PATIENCE_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
