/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
/** Fields combine with AND, values of one field with OR; an empty list matches nothing. agencyCode is the agency that leads; tickets led by an agency of kind EXTERNAL are on no board that does not name it. */
export type BoardFilter = {
  agencyCode?: Array<string> | null | undefined;
  /** A category with all below it. */
  categoryCode?: Array<string> | null | undefined;
  channel?: Array<Channel> | null | undefined;
  kecamatanCode?: Array<string> | null | undefined;
};

/** Kanal: the way by which a report came in. */
export type Channel =
  /** panggilan darurat 112 */
  | 'CALL_112'
  /** surel */
  | 'EMAIL'
  /** surat */
  | 'LETTER'
  /** aplikasi */
  | 'MOBILE_APP'
  /** Open311 GeoReport */
  | 'OPEN311'
  /** lainnya */
  | 'OTHER'
  /** sistem mitra */
  | 'PARTNER'
  /** telepon */
  | 'PHONE'
  /** SMS */
  | 'SMS'
  /** media sosial */
  | 'SOCIAL_MEDIA'
  /** SP4N-LAPOR! */
  | 'SP4N_LAPOR'
  /** situs Surga */
  | 'SURGA_WEB'
  /** tatap muka */
  | 'WALK_IN'
  /** WhatsApp */
  | 'WHATSAPP'
  | '%future added value';

/** A part between the database and a screen that can break. */
export type Link = 'DATABASE' | 'REDIS' | 'WORKER' | '%future added value';

/** Where a ticket stands on its way. */
export type TicketStatus =
  /** dijawab: menunggu tanggapan pelapor */
  | 'ANSWERED'
  /** arsip, with a reason (duplicate, spam, incomplete, not relevant) */
  | 'ARCHIVED'
  /** terdisposisi: belum ditindaklanjuti */
  | 'DISPATCHED'
  /** dialihkan ke 112 */
  | 'DIVERTED_TO_EMERGENCY'
  /** menunggu kelengkapan dari pelapor; clocks pause */
  | 'INCOMPLETE'
  /** proses */
  | 'IN_PROGRESS'
  /** ditunda, with a reason and a date; clocks pause */
  | 'ON_HOLD'
  /** bukan wewenang: returned or forwarded */
  | 'OUT_OF_JURISDICTION'
  /** baru: menunggu verifikasi */
  | 'RECEIVED'
  /** dibuka kembali */
  | 'REOPENED'
  /** selesai */
  | 'RESOLVED'
  /** tidak terselesaikan: needs an evaluation */
  | 'UNRESOLVED'
  /** terverifikasi */
  | 'VERIFIED'
  | '%future added value';

export type WallboardSubscriptionVariables = Exact<{
  filter?: BoardFilter | null | undefined;
}>;

export type WallboardSubscription = {
  wallboard: {
    asOf: string;
    build: string;
    total: number;
    open: number;
    overdue: number;
    dueSoon: number;
    openWithoutAgency: number;
    overdueWithoutAgency: number;
    receivedToday: number;
    resolvedToday: number;
    withheld: number | null;
    links: Array<{ link: Link; ok: boolean; since: string }>;
    byStatus: Array<{ status: TicketStatus; count: number }>;
    byAgency: Array<{
      open: number;
      overdue: number;
      oldestOpenAt: string | null;
      agency: { code: string; name: string };
    }>;
    trend: Array<{ day: string; received: number; resolved: number }>;
    oldestOpen: Array<{
      number: string;
      receivedAt: string;
      agency: { name: string } | null;
      category: { name: string } | null;
    }>;
    latest: Array<{
      at: string;
      number: string;
      to: TicketStatus;
      agency: { name: string } | null;
      category: { name: string } | null;
    }>;
  };
};

export type BoardFragment = {
  asOf: string;
  build: string;
  total: number;
  open: number;
  overdue: number;
  dueSoon: number;
  openWithoutAgency: number;
  overdueWithoutAgency: number;
  receivedToday: number;
  resolvedToday: number;
  withheld: number | null;
  links: Array<{ link: Link; ok: boolean; since: string }>;
  byStatus: Array<{ status: TicketStatus; count: number }>;
  byAgency: Array<{
    open: number;
    overdue: number;
    oldestOpenAt: string | null;
    agency: { code: string; name: string };
  }>;
  trend: Array<{ day: string; received: number; resolved: number }>;
  oldestOpen: Array<{
    number: string;
    receivedAt: string;
    agency: { name: string } | null;
    category: { name: string } | null;
  }>;
  latest: Array<{
    at: string;
    number: string;
    to: TicketStatus;
    agency: { name: string } | null;
    category: { name: string } | null;
  }>;
};

export const BoardFragmentDoc = {
  kind: 'Document',
  definitions: [
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'Board' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'WallboardSnapshot' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'asOf' } },
          { kind: 'Field', name: { kind: 'Name', value: 'build' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'links' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'link' } },
                { kind: 'Field', name: { kind: 'Name', value: 'ok' } },
                { kind: 'Field', name: { kind: 'Name', value: 'since' } },
              ],
            },
          },
          { kind: 'Field', name: { kind: 'Name', value: 'total' } },
          { kind: 'Field', name: { kind: 'Name', value: 'open' } },
          { kind: 'Field', name: { kind: 'Name', value: 'overdue' } },
          { kind: 'Field', name: { kind: 'Name', value: 'dueSoon' } },
          { kind: 'Field', name: { kind: 'Name', value: 'openWithoutAgency' } },
          { kind: 'Field', name: { kind: 'Name', value: 'overdueWithoutAgency' } },
          { kind: 'Field', name: { kind: 'Name', value: 'receivedToday' } },
          { kind: 'Field', name: { kind: 'Name', value: 'resolvedToday' } },
          { kind: 'Field', name: { kind: 'Name', value: 'withheld' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'byStatus' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'status' } },
                { kind: 'Field', name: { kind: 'Name', value: 'count' } },
              ],
            },
          },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'byAgency' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'agency' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      { kind: 'Field', name: { kind: 'Name', value: 'code' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'name' } },
                    ],
                  },
                },
                { kind: 'Field', name: { kind: 'Name', value: 'open' } },
                { kind: 'Field', name: { kind: 'Name', value: 'overdue' } },
                { kind: 'Field', name: { kind: 'Name', value: 'oldestOpenAt' } },
              ],
            },
          },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'trend' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'day' } },
                { kind: 'Field', name: { kind: 'Name', value: 'received' } },
                { kind: 'Field', name: { kind: 'Name', value: 'resolved' } },
              ],
            },
          },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'oldestOpen' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'number' } },
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'agency' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [{ kind: 'Field', name: { kind: 'Name', value: 'name' } }],
                  },
                },
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'category' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [{ kind: 'Field', name: { kind: 'Name', value: 'name' } }],
                  },
                },
                { kind: 'Field', name: { kind: 'Name', value: 'receivedAt' } },
              ],
            },
          },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'latest' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'at' } },
                { kind: 'Field', name: { kind: 'Name', value: 'number' } },
                { kind: 'Field', name: { kind: 'Name', value: 'to' } },
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'agency' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [{ kind: 'Field', name: { kind: 'Name', value: 'name' } }],
                  },
                },
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'category' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [{ kind: 'Field', name: { kind: 'Name', value: 'name' } }],
                  },
                },
              ],
            },
          },
        ],
      },
    },
  ],
} as unknown as DocumentNode<BoardFragment, unknown>;
export const WallboardDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'subscription',
      name: { kind: 'Name', value: 'Wallboard' },
      variableDefinitions: [
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'filter' } },
          type: { kind: 'NamedType', name: { kind: 'Name', value: 'BoardFilter' } },
        },
      ],
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'wallboard' },
            arguments: [
              {
                kind: 'Argument',
                name: { kind: 'Name', value: 'filter' },
                value: { kind: 'Variable', name: { kind: 'Name', value: 'filter' } },
              },
            ],
            selectionSet: {
              kind: 'SelectionSet',
              selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'Board' } }],
            },
          },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'Board' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'WallboardSnapshot' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'asOf' } },
          { kind: 'Field', name: { kind: 'Name', value: 'build' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'links' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'link' } },
                { kind: 'Field', name: { kind: 'Name', value: 'ok' } },
                { kind: 'Field', name: { kind: 'Name', value: 'since' } },
              ],
            },
          },
          { kind: 'Field', name: { kind: 'Name', value: 'total' } },
          { kind: 'Field', name: { kind: 'Name', value: 'open' } },
          { kind: 'Field', name: { kind: 'Name', value: 'overdue' } },
          { kind: 'Field', name: { kind: 'Name', value: 'dueSoon' } },
          { kind: 'Field', name: { kind: 'Name', value: 'openWithoutAgency' } },
          { kind: 'Field', name: { kind: 'Name', value: 'overdueWithoutAgency' } },
          { kind: 'Field', name: { kind: 'Name', value: 'receivedToday' } },
          { kind: 'Field', name: { kind: 'Name', value: 'resolvedToday' } },
          { kind: 'Field', name: { kind: 'Name', value: 'withheld' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'byStatus' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'status' } },
                { kind: 'Field', name: { kind: 'Name', value: 'count' } },
              ],
            },
          },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'byAgency' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'agency' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      { kind: 'Field', name: { kind: 'Name', value: 'code' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'name' } },
                    ],
                  },
                },
                { kind: 'Field', name: { kind: 'Name', value: 'open' } },
                { kind: 'Field', name: { kind: 'Name', value: 'overdue' } },
                { kind: 'Field', name: { kind: 'Name', value: 'oldestOpenAt' } },
              ],
            },
          },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'trend' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'day' } },
                { kind: 'Field', name: { kind: 'Name', value: 'received' } },
                { kind: 'Field', name: { kind: 'Name', value: 'resolved' } },
              ],
            },
          },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'oldestOpen' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'number' } },
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'agency' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [{ kind: 'Field', name: { kind: 'Name', value: 'name' } }],
                  },
                },
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'category' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [{ kind: 'Field', name: { kind: 'Name', value: 'name' } }],
                  },
                },
                { kind: 'Field', name: { kind: 'Name', value: 'receivedAt' } },
              ],
            },
          },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'latest' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'at' } },
                { kind: 'Field', name: { kind: 'Name', value: 'number' } },
                { kind: 'Field', name: { kind: 'Name', value: 'to' } },
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'agency' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [{ kind: 'Field', name: { kind: 'Name', value: 'name' } }],
                  },
                },
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'category' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [{ kind: 'Field', name: { kind: 'Name', value: 'name' } }],
                  },
                },
              ],
            },
          },
        ],
      },
    },
  ],
} as unknown as DocumentNode<WallboardSubscription, WallboardSubscriptionVariables>;
