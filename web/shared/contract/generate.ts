/**
 * What a client's store has to know of the desk's schema, as files that any project can take.
 * usage: node contract/generate.ts, in web/shared: writes them anew from schema/schema.graphql.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import {
  buildSchema,
  getNamedType,
  getNullableType,
  isAbstractType,
  isListType,
  isObjectType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';
import { format } from 'prettier';
import { introspectionOf } from './introspection.ts';

const HEAD = '// Written from schema/schema.graphql by contract/generate.ts: take it, and do not change it.\n';
const SCHEMA = new URL('../../../schema/schema.graphql', import.meta.url);
const STYLE = { printWidth: 120, singleQuote: true };
/** Objects without an id that are known by something else; of a singleton there is one in all. */
const KEYS: Record<string, string[]> = { Area: ['code'], AuditEntry: ['number'] };
const SINGLETONS = ['Viewer'];
const PAGING = ['first', 'after', 'last', 'before'];

/** The files by their names, from the text of a schema. */
export async function files(text: string): Promise<Record<string, string>> {
  const schema = buildSchema(text);
  const written = {
    'possible-types.json': JSON.stringify(possibleTypes(schema)),
    'introspection.json': `${JSON.stringify(introspectionOf(schema))}\n`,
    'apollo.js': apollo(schema),
    'urql.js': urql(schema),
  };
  const formatted = Object.entries(written).map(async ([name, source]) => {
    return [name, name === 'introspection.json' ? source : await format(source, { ...STYLE, filepath: name })] as const;
  });
  return Object.fromEntries(await Promise.all(formatted));
}

/** The text of the desk's schema. */
export function schemaText(): string {
  return readFileSync(SCHEMA, 'utf8');
}

function possibleTypes(schema: GraphQLSchema): Record<string, string[]> {
  const abstract = Object.values(schema.getTypeMap()).filter(isAbstractType);
  return Object.fromEntries(
    abstract.map((type) => [
      type.name,
      schema
        .getPossibleTypes(type)
        .map(({ name }) => name)
        .sort(),
    ]),
  );
}

function apollo(schema: GraphQLSchema): string {
  const policies = [schema.getQueryType()!, ...read(schema)].map((type) => {
    const parts = [keyFields(schema, type), fieldPolicies(schema, type)].filter((part) => part !== '');
    return parts.length ? `${type.name}: { ${parts.join(', ')} }` : '';
  });
  const imports = `import { relayStylePagination } from '@apollo/client/utilities';\n`;
  const body = policies.filter((policy) => policy !== '').join(',\n');
  const possible = JSON.stringify(possibleTypes(schema));
  return `${HEAD}${imports}\nexport const possibleTypes = ${possible};\n\nexport const typePolicies = {\n${body}\n};\n`;
}

function keyFields(schema: GraphQLSchema, type: GraphQLObjectType): string {
  if (type === schema.getQueryType() || hasId(type)) return '';
  if (SINGLETONS.includes(type.name)) return 'keyFields: []';
  const keys = KEYS[type.name];
  return `keyFields: ${keys ? JSON.stringify(keys) : 'false'}`;
}

function fieldPolicies(schema: GraphQLSchema, type: GraphQLObjectType): string {
  if ('pageInfo' in type.getFields()) return ''; // the field that has its pages joins them
  const found = Object.values(type.getFields()).map((field) => [field.name, fieldPolicy(schema, field)] as const);
  const said = found.filter(([, policy]) => policy !== '').map(([name, policy]) => `${name}: ${policy}`);
  return said.length ? `fields: { ${said.join(', ')} }` : '';
}

/** Pages join, lists are replaced, and what has no id of its own merges with what was known of it. */
function fieldPolicy(schema: GraphQLSchema, field: GraphQLField<unknown, unknown>): string {
  const answered = getNamedType(field.type);
  if (isListType(getNullableType(field.type))) return '{ merge: false }';
  if (!isObjectType(answered) || keyFields(schema, answered) !== 'keyFields: false') return '';
  if (isPaged(field)) return `relayStylePagination(${JSON.stringify(keyArguments(field))})`;
  return `{ merge: ${answered.getFields()['edges'] ? 'false' : 'true'} }`;
}

function urql(schema: GraphQLSchema): string {
  const keys = read(schema).flatMap((type) => (hasId(type) ? [] : [`${type.name}: ${urqlKey(type)}`]));
  const resolvers = [schema.getQueryType()!, ...read(schema)].flatMap((type) => {
    const paged = Object.values(type.getFields()).filter(isPaged);
    return paged.length
      ? [`${type.name}: { ${paged.map(({ name }) => `${name}: relayPagination()`).join(', ')} }`]
      : [];
  });
  const imports = `import { relayPagination } from '@urql/exchange-graphcache/extras';\nimport schema from './introspection.json' with { type: 'json' };\n`;
  const body = `keys: {\n${keys.join(',\n')}\n},\nresolvers: {\n${resolvers.join(',\n')}\n}`;
  return `${HEAD}${imports}\n/** For cacheExchange of Graphcache. */\nexport const graphcache = {\nschema,\n${body}\n};\n`;
}

function urqlKey({ name }: GraphQLObjectType): string {
  const keys = KEYS[name];
  return keys ? `(data) => data.${keys[0]}` : '() => null';
}

/** The types of all that is answered. */
function read(schema: GraphQLSchema): GraphQLObjectType[] {
  const roots: unknown[] = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const types = Object.values(schema.getTypeMap()).filter(isObjectType);
  return types.filter((type) => !type.name.startsWith('__') && !roots.includes(type));
}

/** Whether a store knows objects of this type by their id; an id that will go is none to know them by. */
function hasId(type: GraphQLObjectType): boolean {
  const id = type.getFields()['id'];
  return id !== undefined && id.deprecationReason == null;
}

function isPaged({ args, type }: GraphQLField<unknown, unknown>): boolean {
  const answered = getNamedType(type);
  const names = args.map(({ name }) => name);
  return isObjectType(answered) && 'pageInfo' in answered.getFields() && names.includes('first');
}

function keyArguments({ args }: GraphQLField<unknown, unknown>): string[] | false {
  const names = args.map(({ name }) => name).filter((name) => !PAGING.includes(name));
  return names.length ? names : false;
}

if (import.meta.main) {
  for (const [name, source] of Object.entries(await files(schemaText()))) {
    writeFileSync(new URL(name, import.meta.url), source);
  }
}
