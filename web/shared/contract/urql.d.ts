import type { CacheExchangeOpts } from '@urql/exchange-graphcache';

/** For cacheExchange of Graphcache. */
export declare const graphcache: Pick<CacheExchangeOpts, 'schema' | 'keys' | 'resolvers'>;
