import type { Fetcher, FetcherParams, FetcherReturnType } from '@graphiql/toolkit';
import { Kind, parse, type OperationDefinitionNode } from 'graphql';
import { createClient } from 'graphql-ws';

export type Headers = Record<string, string>;

/** A fetcher for the desk: queries and mutations by POST, subscriptions by graphql-transport-ws, under the same headers. */
export function deskFetcher(url: string, token: () => string): Fetcher {
  return (params, options) => {
    const headers = withToken(options?.headers ?? {}, token());
    const operation = operationOf(params);
    const named = { ...params, operationName: operation?.name?.value ?? params.operationName };
    return operation?.operation === 'subscription' ? subscribe(url, headers, named) : post(url, headers, named);
  };
}

/** Read from the text itself: what GraphiQL knows of it lags behind a change of tabs. Nothing for a text with mistakes. */
function operationOf({ query, operationName }: FetcherParams): OperationDefinitionNode | undefined {
  try {
    const all = parse(query).definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
    return all.length === 1 ? all[0] : all.find((each) => each.name?.value === operationName);
  } catch {
    return undefined;
  }
}

/** What the tab's header editor says wins over the token field. */
export function withToken(headers: Headers, token: string): Headers {
  const own = Object.keys(headers).some((name) => name.toLowerCase() === 'authorization');
  return own || token === '' ? headers : { ...headers, Authorization: `Bearer ${token}` };
}

async function post(url: string, headers: Headers, params: FetcherParams) {
  const response = await fetch(url, {
    method: 'POST',
    credentials: 'same-origin',
    headers: {
      'content-type': 'application/json',
      accept: 'application/graphql-response+json, application/json;q=0.9',
      ...headers,
    },
    body: JSON.stringify(params),
  });
  return response.json();
}

function subscribe(url: string, headers: Headers, params: FetcherParams): FetcherReturnType {
  const client = createClient({
    url: url.replace(/^http/, 'ws'),
    connectionParams: lowerCased(headers),
    // The page shows every event as it comes; after a break the reader decides where to go on.
    retryAttempts: 0,
  });
  return client.iterate({ ...params, operationName: params.operationName ?? null }) as FetcherReturnType;
}

function lowerCased(headers: Headers): Headers {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
