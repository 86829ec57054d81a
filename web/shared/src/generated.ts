/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
export type ApproveDisplayInput = {
  clientMutationId?: string | null | undefined;
  /** 1 to 100 characters, e.g. where it hangs. */
  name: string;
  /** The six digits on the screen. */
  userCode: string;
};

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
  /** telepon 112 */
  | 'CALL_112'
  /** surel (email) */
  | 'EMAIL'
  /** surat */
  | 'LETTER'
  /** aplikasi SP4N-LAPOR! */
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

/** Where a deadline stands now. */
export type DeadlineStanding =
  /** mendekati tenggat: in days, the last day is today or the next working day; in hours, at most a third is left */
  | 'DUE_SOON'
  /** dalam tenggat */
  | 'IN_TIME'
  /** lewat tenggat; a hold or a question to the reporter does not hide it */
  | 'OVERDUE'
  /** jam berhenti sementara, in time so far; or answered, and the reporter's turn */
  | 'RESTING'
  /** tanpa tenggat: no rule bounds it */
  | 'UNBOUND'
  | '%future added value';

export type DenyDisplayInput = {
  clientMutationId?: string | null | undefined;
  userCode: string;
};

/** A part between the database and a screen that can break. */
export type Link =
  /** Passing deadlines are noted in time. */
  'CLOCKS' | 'DATABASE' | 'REDIS' | 'WORKER' | '%future added value';

/** What kind of caller this is. */
export type PrincipalKind =
  /** without a token */
  | 'ANONYMOUS'
  /** pelapor, for one ticket */
  | 'CITIZEN'
  /** layar */
  | 'DISPLAY'
  /** sistem mitra */
  | 'PARTNER'
  /** petugas */
  | 'STAFF'
  | '%future added value';

export type RenameDisplayInput = {
  clientMutationId?: string | null | undefined;
  id: string | number;
  name: string;
};

export type RevokeDisplayInput = {
  clientMutationId?: string | null | undefined;
  id: string | number;
};

/** Peran petugas. */
export type Role =
  /** administrator sistem: manages staff, screens and partners, and reads tickets without changing them */
  | 'ADMIN'
  /** admin koordinator (Diskominfo) */
  | 'COORDINATOR'
  /** inspektorat */
  | 'INSPECTOR'
  /** pimpinan, read only */
  | 'LEADER'
  /** pejabat penghubung */
  | 'LIAISON'
  /** petugas OPD */
  | 'OFFICER'
  | '%future added value';

export type SignInInput = {
  clientMutationId?: string | null | undefined;
  /** For our own pages: the session goes into a cookie that no script reads, and accessToken is null. Every POST then carries csrfToken in X-Surga-CSRF. */
  cookie?: boolean;
  email: string;
  password: string;
};

/** Where a ticket stands on its way. */
export type TicketStatus =
  /** menunggu tanggapan pelapor: an answer was sent */
  | 'ANSWERED'
  /** diarsipkan, with a reason (duplicate, spam, incomplete, not relevant) */
  | 'ARCHIVED'
  /** terdisposisi: belum ditindaklanjuti */
  | 'DISPATCHED'
  /** dialihkan ke 112 */
  | 'DIVERTED_TO_EMERGENCY'
  /** menunggu kelengkapan dari pelapor; clocks pause */
  | 'INCOMPLETE'
  /** diproses, in SP4N: proses */
  | 'IN_PROGRESS'
  /** ditunda, with a reason and a date; clocks pause */
  | 'ON_HOLD'
  /** bukan wewenang: returned or forwarded */
  | 'OUT_OF_JURISDICTION'
  /** menunggu verifikasi */
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

export type SignInMutationVariables = Exact<{
  input: SignInInput;
}>;

export type SignInMutation = {
  signIn: {
    csrfToken: string | null;
    expiresAt: string | null;
    clientMutationId: string | null;
    viewer: { kind: PrincipalKind; name: string; roles: Array<Role> } | null;
    errors: Array<
      | { __typename: 'Forbidden'; code: string; message: string; path: Array<string> }
      | { __typename: 'IdempotencyConflict'; code: string; message: string; path: Array<string> }
      | { __typename: 'IllegalTransition'; code: string; message: string; path: Array<string> }
      | { __typename: 'InvalidInput'; code: string; message: string; path: Array<string> }
      | { __typename: 'NotFound'; code: string; message: string; path: Array<string> }
      | { __typename: 'Throttled'; retryAfterSeconds: number; code: string; message: string; path: Array<string> }
      | { __typename: 'VersionConflict'; code: string; message: string; path: Array<string> }
    >;
  };
};

type SessionRefusal_Forbidden_Fragment = {
  __typename: 'Forbidden';
  code: string;
  message: string;
  path: Array<string>;
};

type SessionRefusal_IdempotencyConflict_Fragment = {
  __typename: 'IdempotencyConflict';
  code: string;
  message: string;
  path: Array<string>;
};

type SessionRefusal_IllegalTransition_Fragment = {
  __typename: 'IllegalTransition';
  code: string;
  message: string;
  path: Array<string>;
};

type SessionRefusal_InvalidInput_Fragment = {
  __typename: 'InvalidInput';
  code: string;
  message: string;
  path: Array<string>;
};

type SessionRefusal_NotFound_Fragment = { __typename: 'NotFound'; code: string; message: string; path: Array<string> };

type SessionRefusal_Throttled_Fragment = {
  __typename: 'Throttled';
  retryAfterSeconds: number;
  code: string;
  message: string;
  path: Array<string>;
};

type SessionRefusal_VersionConflict_Fragment = {
  __typename: 'VersionConflict';
  code: string;
  message: string;
  path: Array<string>;
};

export type SessionRefusalFragment =
  | SessionRefusal_Forbidden_Fragment
  | SessionRefusal_IdempotencyConflict_Fragment
  | SessionRefusal_IllegalTransition_Fragment
  | SessionRefusal_InvalidInput_Fragment
  | SessionRefusal_NotFound_Fragment
  | SessionRefusal_Throttled_Fragment
  | SessionRefusal_VersionConflict_Fragment;

export type SignOutMutationVariables = Exact<{ [key: string]: never }>;

export type SignOutMutation = {
  signOut: {
    signedOut: boolean;
    errors: Array<
      | { __typename: 'Forbidden'; code: string; message: string; path: Array<string> }
      | { __typename: 'IdempotencyConflict'; code: string; message: string; path: Array<string> }
      | { __typename: 'IllegalTransition'; code: string; message: string; path: Array<string> }
      | { __typename: 'InvalidInput'; code: string; message: string; path: Array<string> }
      | { __typename: 'NotFound'; code: string; message: string; path: Array<string> }
      | { __typename: 'Throttled'; retryAfterSeconds: number; code: string; message: string; path: Array<string> }
      | { __typename: 'VersionConflict'; code: string; message: string; path: Array<string> }
    >;
  };
};

export type ApproveDisplayMutationVariables = Exact<{
  input: ApproveDisplayInput;
}>;

export type ApproveDisplayMutation = {
  approveDisplay: {
    display: { id: string; name: string } | null;
    errors: Array<
      | { __typename: 'Forbidden'; code: string; message: string; path: Array<string> }
      | { __typename: 'IdempotencyConflict'; code: string; message: string; path: Array<string> }
      | { __typename: 'IllegalTransition'; code: string; message: string; path: Array<string> }
      | { __typename: 'InvalidInput'; code: string; message: string; path: Array<string> }
      | { __typename: 'NotFound'; code: string; message: string; path: Array<string> }
      | { __typename: 'Throttled'; retryAfterSeconds: number; code: string; message: string; path: Array<string> }
      | { __typename: 'VersionConflict'; code: string; message: string; path: Array<string> }
    >;
  };
};

type DisplayRefusal_Forbidden_Fragment = {
  __typename: 'Forbidden';
  code: string;
  message: string;
  path: Array<string>;
};

type DisplayRefusal_IdempotencyConflict_Fragment = {
  __typename: 'IdempotencyConflict';
  code: string;
  message: string;
  path: Array<string>;
};

type DisplayRefusal_IllegalTransition_Fragment = {
  __typename: 'IllegalTransition';
  code: string;
  message: string;
  path: Array<string>;
};

type DisplayRefusal_InvalidInput_Fragment = {
  __typename: 'InvalidInput';
  code: string;
  message: string;
  path: Array<string>;
};

type DisplayRefusal_NotFound_Fragment = { __typename: 'NotFound'; code: string; message: string; path: Array<string> };

type DisplayRefusal_Throttled_Fragment = {
  __typename: 'Throttled';
  retryAfterSeconds: number;
  code: string;
  message: string;
  path: Array<string>;
};

type DisplayRefusal_VersionConflict_Fragment = {
  __typename: 'VersionConflict';
  code: string;
  message: string;
  path: Array<string>;
};

export type DisplayRefusalFragment =
  | DisplayRefusal_Forbidden_Fragment
  | DisplayRefusal_IdempotencyConflict_Fragment
  | DisplayRefusal_IllegalTransition_Fragment
  | DisplayRefusal_InvalidInput_Fragment
  | DisplayRefusal_NotFound_Fragment
  | DisplayRefusal_Throttled_Fragment
  | DisplayRefusal_VersionConflict_Fragment;

export type BoardChoicesQueryVariables = Exact<{ [key: string]: never }>;

export type BoardChoicesQuery = {
  viewer: { agency: { code: string; name: string } | null } | null;
  agencies: Array<{ code: string; name: string; active: boolean }> | null;
  categories: Array<{ code: string; name: string; active: boolean; parent: { code: string } | null }> | null;
  areas: Array<{ code: string; kecamatan: string }> | null;
};

export type DenyDisplayMutationVariables = Exact<{
  input: DenyDisplayInput;
}>;

export type DenyDisplayMutation = {
  denyDisplay: {
    denied: boolean;
    errors: Array<
      | { __typename: 'Forbidden'; code: string; message: string; path: Array<string> }
      | { __typename: 'IdempotencyConflict'; code: string; message: string; path: Array<string> }
      | { __typename: 'IllegalTransition'; code: string; message: string; path: Array<string> }
      | { __typename: 'InvalidInput'; code: string; message: string; path: Array<string> }
      | { __typename: 'NotFound'; code: string; message: string; path: Array<string> }
      | { __typename: 'Throttled'; retryAfterSeconds: number; code: string; message: string; path: Array<string> }
      | { __typename: 'VersionConflict'; code: string; message: string; path: Array<string> }
    >;
  };
};

export type DisplayRequestQueryVariables = Exact<{
  userCode: string;
}>;

export type DisplayRequestQuery = {
  displayRequest: {
    userCode: string;
    board: string;
    address: string;
    requestedAt: string;
    expiresAt: string;
    agency: { name: string } | null;
  } | null;
};

export type DisplaysQueryVariables = Exact<{ [key: string]: never }>;

export type DisplaysQuery = {
  displays: Array<{
    id: string;
    name: string;
    board: string;
    address: string;
    createdAt: string;
    approvedBy: string | null;
    lastHeartbeatAt: string | null;
    revokedAt: string | null;
    revokedAsCopied: boolean;
    agency: { name: string } | null;
  }> | null;
};

export type ScreenFragment = {
  id: string;
  name: string;
  board: string;
  address: string;
  createdAt: string;
  approvedBy: string | null;
  lastHeartbeatAt: string | null;
  revokedAt: string | null;
  revokedAsCopied: boolean;
  agency: { name: string } | null;
};

export type OfficeQueryVariables = Exact<{ [key: string]: never }>;

export type OfficeQuery = {
  viewer: {
    kind: PrincipalKind;
    name: string;
    roles: Array<Role>;
    serverTime: string;
    csrfToken: string | null;
  } | null;
};

export type RenameDisplayMutationVariables = Exact<{
  input: RenameDisplayInput;
}>;

export type RenameDisplayMutation = {
  renameDisplay: {
    display: { id: string; name: string } | null;
    errors: Array<
      | { __typename: 'Forbidden'; code: string; message: string; path: Array<string> }
      | { __typename: 'IdempotencyConflict'; code: string; message: string; path: Array<string> }
      | { __typename: 'IllegalTransition'; code: string; message: string; path: Array<string> }
      | { __typename: 'InvalidInput'; code: string; message: string; path: Array<string> }
      | { __typename: 'NotFound'; code: string; message: string; path: Array<string> }
      | { __typename: 'Throttled'; retryAfterSeconds: number; code: string; message: string; path: Array<string> }
      | { __typename: 'VersionConflict'; code: string; message: string; path: Array<string> }
    >;
  };
};

export type RevokeDisplayMutationVariables = Exact<{
  input: RevokeDisplayInput;
}>;

export type RevokeDisplayMutation = {
  revokeDisplay: {
    display: { id: string; name: string } | null;
    errors: Array<
      | { __typename: 'Forbidden'; code: string; message: string; path: Array<string> }
      | { __typename: 'IdempotencyConflict'; code: string; message: string; path: Array<string> }
      | { __typename: 'IllegalTransition'; code: string; message: string; path: Array<string> }
      | { __typename: 'InvalidInput'; code: string; message: string; path: Array<string> }
      | { __typename: 'NotFound'; code: string; message: string; path: Array<string> }
      | { __typename: 'Throttled'; retryAfterSeconds: number; code: string; message: string; path: Array<string> }
      | { __typename: 'VersionConflict'; code: string; message: string; path: Array<string> }
    >;
  };
};

export type WallboardSubscriptionVariables = Exact<{
  filter?: BoardFilter | null | undefined;
}>;

export type WallboardSubscription = {
  wallboard: {
    asOf: string;
    build: string;
    city: string | null;
    total: number;
    open: number;
    overdue: number;
    overdueLimit: number | null;
    dueSoon: number;
    dueToday: number;
    openWithoutAgency: number;
    overdueWithoutAgency: number;
    receivedToday: number;
    resolvedToday: number;
    dispatchedToday: number | null;
    usualReceived: number | null;
    withheld: number | null;
    tooFew: boolean;
    links: Array<{ link: Link; ok: boolean; since: string }>;
    agency: { code: string; name: string; shortName: string } | null;
    byStatus: Array<{ status: TicketStatus; count: number }>;
    byLateness: Array<{ open: number; overdue: number; agency: { code: string; name: string; shortName: string } }>;
    byCategory: Array<{ count: number; category: { name: string } | null }>;
    trend: Array<{
      day: string;
      received: number;
      resolved: number;
      dispatched: number | null;
      workingDay: boolean;
      dayOff: string | null;
    }>;
    dueFirst: Array<{
      number: string;
      status: TicketStatus;
      standing: DeadlineStanding;
      dueOn: string | null;
      workingDaysLeft: number | null;
      holdUntil: string | null;
      agency: { code: string; name: string; shortName: string } | null;
      category: { name: string } | null;
    }>;
    latest: Array<{
      at: string;
      number: string;
      to: TicketStatus;
      agency: { code: string; name: string; shortName: string } | null;
      category: { name: string } | null;
    }>;
  };
};

export type BoardFragment = {
  asOf: string;
  build: string;
  city: string | null;
  total: number;
  open: number;
  overdue: number;
  overdueLimit: number | null;
  dueSoon: number;
  dueToday: number;
  openWithoutAgency: number;
  overdueWithoutAgency: number;
  receivedToday: number;
  resolvedToday: number;
  dispatchedToday: number | null;
  usualReceived: number | null;
  withheld: number | null;
  tooFew: boolean;
  links: Array<{ link: Link; ok: boolean; since: string }>;
  agency: { code: string; name: string; shortName: string } | null;
  byStatus: Array<{ status: TicketStatus; count: number }>;
  byLateness: Array<{ open: number; overdue: number; agency: { code: string; name: string; shortName: string } }>;
  byCategory: Array<{ count: number; category: { name: string } | null }>;
  trend: Array<{
    day: string;
    received: number;
    resolved: number;
    dispatched: number | null;
    workingDay: boolean;
    dayOff: string | null;
  }>;
  dueFirst: Array<{
    number: string;
    status: TicketStatus;
    standing: DeadlineStanding;
    dueOn: string | null;
    workingDaysLeft: number | null;
    holdUntil: string | null;
    agency: { code: string; name: string; shortName: string } | null;
    category: { name: string } | null;
  }>;
  latest: Array<{
    at: string;
    number: string;
    to: TicketStatus;
    agency: { code: string; name: string; shortName: string } | null;
    category: { name: string } | null;
  }>;
};

export const SessionRefusalFragmentDoc = {
  kind: 'Document',
  definitions: [
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'SessionRefusal' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'UserError' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: '__typename' } },
          { kind: 'Field', name: { kind: 'Name', value: 'code' } },
          { kind: 'Field', name: { kind: 'Name', value: 'message' } },
          { kind: 'Field', name: { kind: 'Name', value: 'path' } },
          {
            kind: 'InlineFragment',
            typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'Throttled' } },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [{ kind: 'Field', name: { kind: 'Name', value: 'retryAfterSeconds' } }],
            },
          },
        ],
      },
    },
  ],
} as unknown as DocumentNode<SessionRefusalFragment, unknown>;
export const DisplayRefusalFragmentDoc = {
  kind: 'Document',
  definitions: [
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'DisplayRefusal' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'UserError' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: '__typename' } },
          { kind: 'Field', name: { kind: 'Name', value: 'code' } },
          { kind: 'Field', name: { kind: 'Name', value: 'message' } },
          { kind: 'Field', name: { kind: 'Name', value: 'path' } },
          {
            kind: 'InlineFragment',
            typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'Throttled' } },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [{ kind: 'Field', name: { kind: 'Name', value: 'retryAfterSeconds' } }],
            },
          },
        ],
      },
    },
  ],
} as unknown as DocumentNode<DisplayRefusalFragment, unknown>;
export const ScreenFragmentDoc = {
  kind: 'Document',
  definitions: [
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'Screen' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'Display' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'id' } },
          { kind: 'Field', name: { kind: 'Name', value: 'name' } },
          { kind: 'Field', name: { kind: 'Name', value: 'board' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'agency' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [{ kind: 'Field', name: { kind: 'Name', value: 'name' } }],
            },
          },
          { kind: 'Field', name: { kind: 'Name', value: 'address' } },
          { kind: 'Field', name: { kind: 'Name', value: 'createdAt' } },
          { kind: 'Field', name: { kind: 'Name', value: 'approvedBy' } },
          { kind: 'Field', name: { kind: 'Name', value: 'lastHeartbeatAt' } },
          { kind: 'Field', name: { kind: 'Name', value: 'revokedAt' } },
          { kind: 'Field', name: { kind: 'Name', value: 'revokedAsCopied' } },
        ],
      },
    },
  ],
} as unknown as DocumentNode<ScreenFragment, unknown>;
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
          { kind: 'Field', name: { kind: 'Name', value: 'city' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'agency' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'code' } },
                { kind: 'Field', name: { kind: 'Name', value: 'name' } },
                { kind: 'Field', name: { kind: 'Name', value: 'shortName' } },
              ],
            },
          },
          { kind: 'Field', name: { kind: 'Name', value: 'total' } },
          { kind: 'Field', name: { kind: 'Name', value: 'open' } },
          { kind: 'Field', name: { kind: 'Name', value: 'overdue' } },
          { kind: 'Field', name: { kind: 'Name', value: 'overdueLimit' } },
          { kind: 'Field', name: { kind: 'Name', value: 'dueSoon' } },
          { kind: 'Field', name: { kind: 'Name', value: 'dueToday' } },
          { kind: 'Field', name: { kind: 'Name', value: 'openWithoutAgency' } },
          { kind: 'Field', name: { kind: 'Name', value: 'overdueWithoutAgency' } },
          { kind: 'Field', name: { kind: 'Name', value: 'receivedToday' } },
          { kind: 'Field', name: { kind: 'Name', value: 'resolvedToday' } },
          { kind: 'Field', name: { kind: 'Name', value: 'dispatchedToday' } },
          { kind: 'Field', name: { kind: 'Name', value: 'usualReceived' } },
          { kind: 'Field', name: { kind: 'Name', value: 'withheld' } },
          { kind: 'Field', name: { kind: 'Name', value: 'tooFew' } },
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
            name: { kind: 'Name', value: 'byLateness' },
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
                      { kind: 'Field', name: { kind: 'Name', value: 'shortName' } },
                    ],
                  },
                },
                { kind: 'Field', name: { kind: 'Name', value: 'open' } },
                { kind: 'Field', name: { kind: 'Name', value: 'overdue' } },
              ],
            },
          },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'byCategory' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'category' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [{ kind: 'Field', name: { kind: 'Name', value: 'name' } }],
                  },
                },
                { kind: 'Field', name: { kind: 'Name', value: 'count' } },
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
                { kind: 'Field', name: { kind: 'Name', value: 'dispatched' } },
                { kind: 'Field', name: { kind: 'Name', value: 'workingDay' } },
                { kind: 'Field', name: { kind: 'Name', value: 'dayOff' } },
              ],
            },
          },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'dueFirst' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'number' } },
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'agency' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      { kind: 'Field', name: { kind: 'Name', value: 'code' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'name' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'shortName' } },
                    ],
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
                { kind: 'Field', name: { kind: 'Name', value: 'status' } },
                { kind: 'Field', name: { kind: 'Name', value: 'standing' } },
                { kind: 'Field', name: { kind: 'Name', value: 'dueOn' } },
                { kind: 'Field', name: { kind: 'Name', value: 'workingDaysLeft' } },
                { kind: 'Field', name: { kind: 'Name', value: 'holdUntil' } },
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
                    selections: [
                      { kind: 'Field', name: { kind: 'Name', value: 'code' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'name' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'shortName' } },
                    ],
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
export const SignInDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'mutation',
      name: { kind: 'Name', value: 'SignIn' },
      variableDefinitions: [
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'input' } },
          type: { kind: 'NonNullType', type: { kind: 'NamedType', name: { kind: 'Name', value: 'SignInInput' } } },
        },
      ],
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'signIn' },
            arguments: [
              {
                kind: 'Argument',
                name: { kind: 'Name', value: 'input' },
                value: { kind: 'Variable', name: { kind: 'Name', value: 'input' } },
              },
            ],
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'csrfToken' } },
                { kind: 'Field', name: { kind: 'Name', value: 'expiresAt' } },
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'viewer' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      { kind: 'Field', name: { kind: 'Name', value: 'kind' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'name' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'roles' } },
                    ],
                  },
                },
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'errors' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'SessionRefusal' } }],
                  },
                },
                { kind: 'Field', name: { kind: 'Name', value: 'clientMutationId' } },
              ],
            },
          },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'SessionRefusal' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'UserError' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: '__typename' } },
          { kind: 'Field', name: { kind: 'Name', value: 'code' } },
          { kind: 'Field', name: { kind: 'Name', value: 'message' } },
          { kind: 'Field', name: { kind: 'Name', value: 'path' } },
          {
            kind: 'InlineFragment',
            typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'Throttled' } },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [{ kind: 'Field', name: { kind: 'Name', value: 'retryAfterSeconds' } }],
            },
          },
        ],
      },
    },
  ],
} as unknown as DocumentNode<SignInMutation, SignInMutationVariables>;
export const SignOutDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'mutation',
      name: { kind: 'Name', value: 'SignOut' },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'signOut' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'signedOut' } },
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'errors' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'SessionRefusal' } }],
                  },
                },
              ],
            },
          },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'SessionRefusal' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'UserError' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: '__typename' } },
          { kind: 'Field', name: { kind: 'Name', value: 'code' } },
          { kind: 'Field', name: { kind: 'Name', value: 'message' } },
          { kind: 'Field', name: { kind: 'Name', value: 'path' } },
          {
            kind: 'InlineFragment',
            typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'Throttled' } },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [{ kind: 'Field', name: { kind: 'Name', value: 'retryAfterSeconds' } }],
            },
          },
        ],
      },
    },
  ],
} as unknown as DocumentNode<SignOutMutation, SignOutMutationVariables>;
export const ApproveDisplayDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'mutation',
      name: { kind: 'Name', value: 'ApproveDisplay' },
      variableDefinitions: [
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'input' } },
          type: {
            kind: 'NonNullType',
            type: { kind: 'NamedType', name: { kind: 'Name', value: 'ApproveDisplayInput' } },
          },
        },
      ],
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'approveDisplay' },
            arguments: [
              {
                kind: 'Argument',
                name: { kind: 'Name', value: 'input' },
                value: { kind: 'Variable', name: { kind: 'Name', value: 'input' } },
              },
            ],
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'display' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      { kind: 'Field', name: { kind: 'Name', value: 'id' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'name' } },
                    ],
                  },
                },
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'errors' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'DisplayRefusal' } }],
                  },
                },
              ],
            },
          },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'DisplayRefusal' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'UserError' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: '__typename' } },
          { kind: 'Field', name: { kind: 'Name', value: 'code' } },
          { kind: 'Field', name: { kind: 'Name', value: 'message' } },
          { kind: 'Field', name: { kind: 'Name', value: 'path' } },
          {
            kind: 'InlineFragment',
            typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'Throttled' } },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [{ kind: 'Field', name: { kind: 'Name', value: 'retryAfterSeconds' } }],
            },
          },
        ],
      },
    },
  ],
} as unknown as DocumentNode<ApproveDisplayMutation, ApproveDisplayMutationVariables>;
export const BoardChoicesDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'query',
      name: { kind: 'Name', value: 'BoardChoices' },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'viewer' },
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
              ],
            },
          },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'agencies' },
            arguments: [
              {
                kind: 'Argument',
                name: { kind: 'Name', value: 'kinds' },
                value: {
                  kind: 'ListValue',
                  values: [
                    { kind: 'EnumValue', value: 'OPD' },
                    { kind: 'EnumValue', value: 'KELURAHAN' },
                    { kind: 'EnumValue', value: 'BUMD' },
                    { kind: 'EnumValue', value: 'VERTICAL' },
                    { kind: 'EnumValue', value: 'EXTERNAL' },
                  ],
                },
              },
            ],
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'code' } },
                { kind: 'Field', name: { kind: 'Name', value: 'name' } },
                { kind: 'Field', name: { kind: 'Name', value: 'active' } },
              ],
            },
          },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'categories' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'code' } },
                { kind: 'Field', name: { kind: 'Name', value: 'name' } },
                { kind: 'Field', name: { kind: 'Name', value: 'active' } },
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'parent' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [{ kind: 'Field', name: { kind: 'Name', value: 'code' } }],
                  },
                },
              ],
            },
          },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'areas' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'code' } },
                { kind: 'Field', name: { kind: 'Name', value: 'kecamatan' } },
              ],
            },
          },
        ],
      },
    },
  ],
} as unknown as DocumentNode<BoardChoicesQuery, BoardChoicesQueryVariables>;
export const DenyDisplayDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'mutation',
      name: { kind: 'Name', value: 'DenyDisplay' },
      variableDefinitions: [
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'input' } },
          type: { kind: 'NonNullType', type: { kind: 'NamedType', name: { kind: 'Name', value: 'DenyDisplayInput' } } },
        },
      ],
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'denyDisplay' },
            arguments: [
              {
                kind: 'Argument',
                name: { kind: 'Name', value: 'input' },
                value: { kind: 'Variable', name: { kind: 'Name', value: 'input' } },
              },
            ],
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'denied' } },
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'errors' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'DisplayRefusal' } }],
                  },
                },
              ],
            },
          },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'DisplayRefusal' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'UserError' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: '__typename' } },
          { kind: 'Field', name: { kind: 'Name', value: 'code' } },
          { kind: 'Field', name: { kind: 'Name', value: 'message' } },
          { kind: 'Field', name: { kind: 'Name', value: 'path' } },
          {
            kind: 'InlineFragment',
            typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'Throttled' } },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [{ kind: 'Field', name: { kind: 'Name', value: 'retryAfterSeconds' } }],
            },
          },
        ],
      },
    },
  ],
} as unknown as DocumentNode<DenyDisplayMutation, DenyDisplayMutationVariables>;
export const DisplayRequestDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'query',
      name: { kind: 'Name', value: 'DisplayRequest' },
      variableDefinitions: [
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'userCode' } },
          type: { kind: 'NonNullType', type: { kind: 'NamedType', name: { kind: 'Name', value: 'String' } } },
        },
      ],
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'displayRequest' },
            arguments: [
              {
                kind: 'Argument',
                name: { kind: 'Name', value: 'userCode' },
                value: { kind: 'Variable', name: { kind: 'Name', value: 'userCode' } },
              },
            ],
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'userCode' } },
                { kind: 'Field', name: { kind: 'Name', value: 'board' } },
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'agency' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [{ kind: 'Field', name: { kind: 'Name', value: 'name' } }],
                  },
                },
                { kind: 'Field', name: { kind: 'Name', value: 'address' } },
                { kind: 'Field', name: { kind: 'Name', value: 'requestedAt' } },
                { kind: 'Field', name: { kind: 'Name', value: 'expiresAt' } },
              ],
            },
          },
        ],
      },
    },
  ],
} as unknown as DocumentNode<DisplayRequestQuery, DisplayRequestQueryVariables>;
export const DisplaysDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'query',
      name: { kind: 'Name', value: 'Displays' },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'displays' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'Screen' } }],
            },
          },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'Screen' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'Display' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'id' } },
          { kind: 'Field', name: { kind: 'Name', value: 'name' } },
          { kind: 'Field', name: { kind: 'Name', value: 'board' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'agency' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [{ kind: 'Field', name: { kind: 'Name', value: 'name' } }],
            },
          },
          { kind: 'Field', name: { kind: 'Name', value: 'address' } },
          { kind: 'Field', name: { kind: 'Name', value: 'createdAt' } },
          { kind: 'Field', name: { kind: 'Name', value: 'approvedBy' } },
          { kind: 'Field', name: { kind: 'Name', value: 'lastHeartbeatAt' } },
          { kind: 'Field', name: { kind: 'Name', value: 'revokedAt' } },
          { kind: 'Field', name: { kind: 'Name', value: 'revokedAsCopied' } },
        ],
      },
    },
  ],
} as unknown as DocumentNode<DisplaysQuery, DisplaysQueryVariables>;
export const OfficeDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'query',
      name: { kind: 'Name', value: 'Office' },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'viewer' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'kind' } },
                { kind: 'Field', name: { kind: 'Name', value: 'name' } },
                { kind: 'Field', name: { kind: 'Name', value: 'roles' } },
                { kind: 'Field', name: { kind: 'Name', value: 'serverTime' } },
                { kind: 'Field', name: { kind: 'Name', value: 'csrfToken' } },
              ],
            },
          },
        ],
      },
    },
  ],
} as unknown as DocumentNode<OfficeQuery, OfficeQueryVariables>;
export const RenameDisplayDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'mutation',
      name: { kind: 'Name', value: 'RenameDisplay' },
      variableDefinitions: [
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'input' } },
          type: {
            kind: 'NonNullType',
            type: { kind: 'NamedType', name: { kind: 'Name', value: 'RenameDisplayInput' } },
          },
        },
      ],
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'renameDisplay' },
            arguments: [
              {
                kind: 'Argument',
                name: { kind: 'Name', value: 'input' },
                value: { kind: 'Variable', name: { kind: 'Name', value: 'input' } },
              },
            ],
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'display' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      { kind: 'Field', name: { kind: 'Name', value: 'id' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'name' } },
                    ],
                  },
                },
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'errors' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'DisplayRefusal' } }],
                  },
                },
              ],
            },
          },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'DisplayRefusal' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'UserError' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: '__typename' } },
          { kind: 'Field', name: { kind: 'Name', value: 'code' } },
          { kind: 'Field', name: { kind: 'Name', value: 'message' } },
          { kind: 'Field', name: { kind: 'Name', value: 'path' } },
          {
            kind: 'InlineFragment',
            typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'Throttled' } },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [{ kind: 'Field', name: { kind: 'Name', value: 'retryAfterSeconds' } }],
            },
          },
        ],
      },
    },
  ],
} as unknown as DocumentNode<RenameDisplayMutation, RenameDisplayMutationVariables>;
export const RevokeDisplayDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'mutation',
      name: { kind: 'Name', value: 'RevokeDisplay' },
      variableDefinitions: [
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'input' } },
          type: {
            kind: 'NonNullType',
            type: { kind: 'NamedType', name: { kind: 'Name', value: 'RevokeDisplayInput' } },
          },
        },
      ],
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'revokeDisplay' },
            arguments: [
              {
                kind: 'Argument',
                name: { kind: 'Name', value: 'input' },
                value: { kind: 'Variable', name: { kind: 'Name', value: 'input' } },
              },
            ],
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'display' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      { kind: 'Field', name: { kind: 'Name', value: 'id' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'name' } },
                    ],
                  },
                },
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'errors' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [{ kind: 'FragmentSpread', name: { kind: 'Name', value: 'DisplayRefusal' } }],
                  },
                },
              ],
            },
          },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'DisplayRefusal' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'UserError' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: '__typename' } },
          { kind: 'Field', name: { kind: 'Name', value: 'code' } },
          { kind: 'Field', name: { kind: 'Name', value: 'message' } },
          { kind: 'Field', name: { kind: 'Name', value: 'path' } },
          {
            kind: 'InlineFragment',
            typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'Throttled' } },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [{ kind: 'Field', name: { kind: 'Name', value: 'retryAfterSeconds' } }],
            },
          },
        ],
      },
    },
  ],
} as unknown as DocumentNode<RevokeDisplayMutation, RevokeDisplayMutationVariables>;
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
          { kind: 'Field', name: { kind: 'Name', value: 'city' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'agency' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'code' } },
                { kind: 'Field', name: { kind: 'Name', value: 'name' } },
                { kind: 'Field', name: { kind: 'Name', value: 'shortName' } },
              ],
            },
          },
          { kind: 'Field', name: { kind: 'Name', value: 'total' } },
          { kind: 'Field', name: { kind: 'Name', value: 'open' } },
          { kind: 'Field', name: { kind: 'Name', value: 'overdue' } },
          { kind: 'Field', name: { kind: 'Name', value: 'overdueLimit' } },
          { kind: 'Field', name: { kind: 'Name', value: 'dueSoon' } },
          { kind: 'Field', name: { kind: 'Name', value: 'dueToday' } },
          { kind: 'Field', name: { kind: 'Name', value: 'openWithoutAgency' } },
          { kind: 'Field', name: { kind: 'Name', value: 'overdueWithoutAgency' } },
          { kind: 'Field', name: { kind: 'Name', value: 'receivedToday' } },
          { kind: 'Field', name: { kind: 'Name', value: 'resolvedToday' } },
          { kind: 'Field', name: { kind: 'Name', value: 'dispatchedToday' } },
          { kind: 'Field', name: { kind: 'Name', value: 'usualReceived' } },
          { kind: 'Field', name: { kind: 'Name', value: 'withheld' } },
          { kind: 'Field', name: { kind: 'Name', value: 'tooFew' } },
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
            name: { kind: 'Name', value: 'byLateness' },
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
                      { kind: 'Field', name: { kind: 'Name', value: 'shortName' } },
                    ],
                  },
                },
                { kind: 'Field', name: { kind: 'Name', value: 'open' } },
                { kind: 'Field', name: { kind: 'Name', value: 'overdue' } },
              ],
            },
          },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'byCategory' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'category' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [{ kind: 'Field', name: { kind: 'Name', value: 'name' } }],
                  },
                },
                { kind: 'Field', name: { kind: 'Name', value: 'count' } },
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
                { kind: 'Field', name: { kind: 'Name', value: 'dispatched' } },
                { kind: 'Field', name: { kind: 'Name', value: 'workingDay' } },
                { kind: 'Field', name: { kind: 'Name', value: 'dayOff' } },
              ],
            },
          },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'dueFirst' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'number' } },
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'agency' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      { kind: 'Field', name: { kind: 'Name', value: 'code' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'name' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'shortName' } },
                    ],
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
                { kind: 'Field', name: { kind: 'Name', value: 'status' } },
                { kind: 'Field', name: { kind: 'Name', value: 'standing' } },
                { kind: 'Field', name: { kind: 'Name', value: 'dueOn' } },
                { kind: 'Field', name: { kind: 'Name', value: 'workingDaysLeft' } },
                { kind: 'Field', name: { kind: 'Name', value: 'holdUntil' } },
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
                    selections: [
                      { kind: 'Field', name: { kind: 'Name', value: 'code' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'name' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'shortName' } },
                    ],
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
