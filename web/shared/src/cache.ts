import { gql, InMemoryCache, type Reference, type StoreObject } from '@apollo/client';
import type { Cache } from '@apollo/client/cache';
import type { SelectionSetNode } from 'graphql';
import { possibleTypes } from '../contract/apollo.js';
import { typePolicies } from './policies.ts';
import { below, documentOf, fragmentsOf, rootSelection, type Fragments } from './selections.ts';

type Fields = Record<string, unknown>;
type Write = { fragments: Fragments; variables: Fields | undefined };

const VERSIONED = ['Ticket', 'Answer'];
/** Objects without an id that are only right as a whole within one version. */
const EMBEDDED = ['location', 'reporter'];
const VERSION = gql`
  {
    version
  }
`;

/**
 * Apollo's cache for the desk: pages join, embedded objects merge, and a lower version never overwrites a higher one.
 * It knows a Ticket or an Answer by `id` and its age by `version`: ask for both, without aliases.
 */
export class DeskCache extends InMemoryCache {
  constructor() {
    super({ typePolicies, possibleTypes });
  }

  // A type policy cannot refuse an object of its own (it sees a field at a time, never the version beside it), so age is judged here.
  override write(options: Cache.WriteOptions): Reference | undefined {
    const selections = rootSelection(options.query);
    if (!selections) return super.write(options);
    const write = { fragments: fragmentsOf(options.query), variables: options.variables };
    const result = this.#fresh(options.result, selections, write, options.dataId);
    return super.write({ ...options, result: result as typeof options.result });
  }

  /** What came in, with every object that is older than the cached one replaced by the cached one. */
  #fresh(value: unknown, selections: SelectionSetNode, write: Write, dataId?: string): unknown {
    if (Array.isArray(value)) return value.map((item) => this.#fresh(item, selections, write));
    if (value === null || typeof value !== 'object') return value;
    const entries = Object.entries(value).map(([key, inner]) => [key, this.#freshField(key, inner, selections, write)]);
    const object: Fields = Object.fromEntries(entries);
    const id = dataId ?? this.identify(object as StoreObject);
    return id && isVersioned(id, object) ? this.#newest(id, object, selections, write) : object;
  }

  #freshField(key: string, value: unknown, selections: SelectionSetNode, write: Write): unknown {
    if (value === null || typeof value !== 'object') return value;
    return this.#fresh(value, below(selections, key, write.fragments), write);
  }

  #newest(id: string, object: Fields, selections: SelectionSetNode, write: Write): Fields {
    const known = this.#versionOf(id);
    const incoming = object['version'] as number;
    if (known === undefined || known === incoming) return object;
    if (known > incoming) return { ...object, ...this.#cached(id, object, selections, write) };
    for (const fieldName of EMBEDDED.filter((name) => name in object)) this.evict({ id, fieldName, broadcast: false });
    return object;
  }

  #versionOf(id: string): number | undefined {
    const found = this.diff<{ version?: number }>({ query: VERSION, id, optimistic: false, returnPartialData: true });
    return (found.result as { version?: number } | null)?.version;
  }

  /** The cached values of the same fields; one that the cache lacks or has only in part is left to what came in. */
  #cached(id: string, object: Fields, selections: SelectionSetNode, { fragments, variables }: Write): Fields {
    const query = documentOf(selections, fragments);
    const found = this.diff<Fields>({ query, variables, id, optimistic: false, returnPartialData: true });
    const missing = found.missing?.missing;
    const lacks = (key: string) => typeof missing === 'object' && key in missing;
    const kept = Object.entries(found.result ?? {}).filter(([key]) => key in object && !lacks(key));
    return Object.fromEntries(kept);
  }
}

function isVersioned(id: string, object: Fields): boolean {
  return typeof object['version'] === 'number' && VERSIONED.includes(id.slice(0, id.indexOf(':')));
}
