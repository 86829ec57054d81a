import type { GraphiQLProps } from 'graphiql';
import changeTicketStatus from '@operations/change-ticket-status.graphql?raw';
import dispatchTicket from '@operations/dispatch-ticket.graphql?raw';
import saveAnswerDraft from '@operations/save-answer-draft.graphql?raw';
import sendAnswer from '@operations/send-answer.graphql?raw';
import ticketList from '@operations/ticket-list.graphql?raw';
import ticketPage from '@operations/ticket-page.graphql?raw';
import ticketStatusChanged from '@operations/ticket-status-changed.graphql?raw';
import verifyTicket from '@operations/verify-ticket.graphql?raw';
import viewer from '@operations/viewer.graphql?raw';
import worklists from '@operations/worklists.graphql?raw';

const GIVEN = '// id and version of a ticket: run TicketList,\n// or read allowedMoves in TicketPage.\n';

/** A day of an officer, from signing in to watching the others work. */
export const tabs: NonNullable<GraphiQLProps['defaultTabs']> = [
  { query: viewer },
  { query: worklists },
  {
    query: ticketList,
    variables: text({ filter: { open: true }, orderBy: 'NEWEST_FIRST', first: 20, withTotal: true }),
  },
  {
    query: ticketPage,
    variables: '// Exactly one of id and number: run TicketList.\n' + text({ number: '', entries: 20 }),
  },
  { query: verifyTicket, variables: GIVEN + input({ classification: 'COMPLAINT', note: 'Lengkap, lokasi jelas.' }) },
  {
    query: dispatchTicket,
    variables: '// leadAgencyCode: the query\n// { agencies { code name } }.\n' + GIVEN + input({ leadAgencyCode: '' }),
  },
  { query: changeTicketStatus, variables: GIVEN + input({ status: 'IN_PROGRESS', note: 'Petugas menuju lokasi.' }) },
  {
    query: saveAnswerDraft,
    variables: text({ input: { ticketId: '', text: 'Lubang sudah ditambal.', submit: true } }),
  },
  { query: sendAnswer, variables: text({ input: { ticketId: '', expectedVersion: 1, answerId: '' } }) },
  { query: ticketStatusChanged, variables: text({ filter: {} }) },
];

function input(fields: object): string {
  return text({ input: { id: '', expectedVersion: 1, ...fields } });
}

function text(variables: object): string {
  return JSON.stringify(variables, null, 2);
}
