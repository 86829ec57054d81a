/** How a page of an officer talks to the desk: by a cookie that no script reads, and a header beside it on every POST. */
import {
  Client,
  CombinedError,
  fetchExchange,
  type AnyVariables,
  type OperationResult,
  type TypedDocumentNode,
} from 'urql';

/** A desk that has not answered after this long is told as one that was not reached. */
const PATIENCE_MS = 10_000;

/** Why there is no answer; code is one of the contract's, or NETWORK where the desk was not reached in time. */
export class NoAnswer extends Error {
  override name = 'NoAnswer';
  readonly code: string;
  /** How long to wait after too many tries; null where that is not the reason. */
  readonly retryAfterSeconds: number | null;

  constructor(code: string, message: string, retryAfterSeconds: number | null = null) {
    super(message);
    this.code = code;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** One signed-in page. ended is called when the desk no longer takes the session. */
export class Office {
  private csrf: string | null = null;
  private readonly client: Client;
  private readonly ended: () => void;

  constructor(language: string, ended: () => void) {
    this.ended = ended;
    this.client = new Client({
      url: `${location.origin}/graphql`,
      exchanges: [fetchExchange],
      fetch: inTime,
      // A query by GET needs no header: that is how a page that was just loaded learns which one to send.
      preferGetMethod: 'force',
      fetchOptions: () => ({
        credentials: 'same-origin',
        cache: 'no-store',
        headers: { 'accept-language': language, ...(this.csrf === null ? {} : { 'x-surga-csrf': this.csrf }) },
      }),
    });
  }

  /** The header's value, from signIn or Viewer.csrfToken; null once signed out. */
  signed(csrf: string | null | undefined): void {
    this.csrf = csrf ?? null;
  }

  /** The answer's data; throws NoAnswer. */
  async ask<Data, Variables extends AnyVariables>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
  ): Promise<Data> {
    return this.data(await this.client.query(document, variables, { requestPolicy: 'network-only' }).toPromise());
  }

  /** As ask, for mutations. */
  async change<Data, Variables extends AnyVariables>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
  ): Promise<Data> {
    return this.data(await this.client.mutation(document, variables).toPromise());
  }

  private data<Data>({ data, error }: OperationResult<Data>): Data {
    if (data && !error) return data;
    const problem = noAnswer(error);
    if (problem.code === 'UNAUTHENTICATED') {
      this.csrf = null;
      this.ended();
    }
    throw problem;
  }
}

function noAnswer(error: CombinedError | undefined): NoAnswer {
  const first = error?.graphQLErrors[0];
  const after = first?.extensions['retryAfterSeconds'];
  const code = String(first?.extensions['code'] ?? 'NETWORK');
  return new NoAnswer(code, first?.message ?? '', typeof after === 'number' ? after : null);
}

function inTime(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const signals = [AbortSignal.timeout(PATIENCE_MS), ...(init?.signal ? [init.signal] : [])];
  return fetch(input, { ...init, signal: AbortSignal.any(signals) });
}
