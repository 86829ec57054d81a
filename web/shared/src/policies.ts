import type { FieldPolicy, Reference, TypePolicies } from '@apollo/client';
import { relayStylePagination } from '@apollo/client/utilities';

type Edge = { cursor?: string; node: Reference };
type Pages = { edges: Edge[] } & Record<string, unknown>;

/** What belongs to the whole list and is right on its first page only: see TicketConnection.feedCursor. */
const FIRST_PAGE_ONLY = ['feedCursor', 'asOf', 'totalCount'];

/** A connection whose pages are one list per combination of the named arguments. */
export function pages(keyArgs: string[] | false): FieldPolicy {
  const relay = relayStylePagination(keyArgs) as FieldPolicy;
  const merge = relay.merge as (existing: unknown, incoming: unknown, options: unknown) => Pages;
  return {
    ...relay,
    merge(existing: Pages | undefined, incoming: Pages, options) {
      const merged = merge(existing, incoming, options);
      const first = options.args?.['after'] ? firstPage(existing) : {};
      return { ...merged, ...first, edges: lastOfEach(merged.edges) };
    },
  };
}

function firstPage(existing: Pages | undefined): Record<string, unknown> {
  const known = FIRST_PAGE_ONLY.filter((name) => existing?.[name] !== undefined);
  return Object.fromEntries(known.map((name) => [name, existing?.[name]]));
}

/** A row that moved on while the pages were read stands where it was seen last. */
function lastOfEach(edges: Edge[]): Edge[] {
  const last = new Map(edges.map((edge, at) => [edge.node.__ref, at]));
  return edges.filter((edge, at) => last.get(edge.node.__ref) === at);
}

const replace: FieldPolicy = { merge: false };
const embedded: FieldPolicy = { merge: true };

export const typePolicies: TypePolicies = {
  Query: {
    fields: {
      // A row of a list opens its page at once, with what the list knew.
      ticket: {
        read: (known, { args, toReference }) =>
          known ?? (args?.['id'] ? toReference({ __typename: 'Ticket', id: args['id'] }) : undefined),
      },
      tickets: pages(['filter', 'orderBy']),
      officers: pages(['agencyCode', 'search']),
      agencies: replace,
      categories: replace,
      areas: replace,
    },
  },
  Viewer: { keyFields: [], fields: { worklists: replace, roles: replace } },
  Area: { keyFields: ['code'] },
  Ticket: {
    fields: {
      hidden: replace,
      supportingAgencies: replace,
      allowedMoves: replace,
      answers: replace,
      location: embedded,
      reporter: embedded,
      timeline: pages(false),
    },
  },
};
