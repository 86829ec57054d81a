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

type Example = { query: string; variables?: string };

/** Who one is, what there is to do, and how to watch: what a reader finds open. */
export const tabs: NonNullable<GraphiQLProps['defaultTabs']> = [
  { query: viewer },
  { query: worklists },
  {
    query: ticketList,
    variables: text({ filter: { open: true }, orderBy: 'NEWEST_FIRST', first: 20, withTotal: true }),
  },
  { query: ticketStatusChanged, variables: text({ filter: {} }) },
];

/** The rest of an officer's day, each opened in a tab of its own when it is asked for. */
export const examples: Record<string, Example> = {
  TicketPage: {
    query: ticketPage,
    variables: '// Exactly one of id and number: run TicketList.\n' + text({ number: '', entries: 20 }),
  },
  VerifyTicket: {
    query: verifyTicket,
    variables: GIVEN + input({ classification: 'COMPLAINT', note: 'Lengkap, lokasi jelas.' }),
  },
  DispatchTicket: {
    query: dispatchTicket,
    variables: '// leadAgencyCode: the query\n// { agencies { code name } }.\n' + GIVEN + input({ leadAgencyCode: '' }),
  },
  ChangeTicketStatus: {
    query: changeTicketStatus,
    variables: GIVEN + input({ status: 'IN_PROGRESS', note: 'Petugas menuju lokasi.' }),
  },
  SaveAnswerDraft: {
    query: saveAnswerDraft,
    variables: text({ input: { ticketId: '', text: 'Lubang sudah ditambal.', submit: true } }),
  },
  SendAnswer: {
    query: sendAnswer,
    variables: text({ input: { ticketId: '', expectedVersion: 1, answerId: '' } }),
  },
};

function input(fields: object): string {
  return text({ input: { id: '', expectedVersion: 1, ...fields } });
}

function text(variables: object): string {
  return JSON.stringify(variables, null, 2);
}
