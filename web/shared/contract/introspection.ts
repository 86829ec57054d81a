/** A schema as Graphcache reads it: names and types, without descriptions, defaults and what is deprecated for whom. */
import {
  isAbstractType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  type GraphQLType,
} from 'graphql';

type Json = Record<string, unknown>;
const ANY = { kind: 'SCALAR', name: 'Any' };

export function introspectionOf(schema: GraphQLSchema): Json {
  const named = (type: GraphQLNamedType | null | undefined) => (type ? { kind: 'OBJECT', name: type.name } : null);
  const types = Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith('__'));
  return {
    __schema: {
      queryType: named(schema.getQueryType()),
      mutationType: named(schema.getMutationType()),
      subscriptionType: named(schema.getSubscriptionType()),
      types: [...types.flatMap((type) => described(schema, type)), ANY],
      directives: [],
    },
  };
}

function described(schema: GraphQLSchema, type: GraphQLNamedType): Json[] {
  const possibleTypes = isAbstractType(type) ? schema.getPossibleTypes(type).map(reference) : undefined;
  if (isUnionType(type)) return [{ kind: 'UNION', name: type.name, possibleTypes }];
  if (!isObjectType(type) && !isInterfaceType(type)) return [];
  const kind = isInterfaceType(type) ? 'INTERFACE' : 'OBJECT';
  const interfaces = type.getInterfaces().map(reference);
  return [{ kind, name: type.name, fields: Object.values(type.getFields()).map(field), interfaces, possibleTypes }];
}

function field({ name, type, args }: GraphQLField<unknown, unknown>): Json {
  return { name, type: reference(type), args: args.map(argument) };
}

/** Of arguments a store needs the names only. */
function argument({ name, type }: GraphQLArgument): Json {
  return { name, type: isNonNullType(type) ? { kind: 'NON_NULL', ofType: ANY } : ANY };
}

function reference(type: GraphQLType): Json {
  if (isNonNullType(type)) return { kind: 'NON_NULL', ofType: reference(type.ofType) };
  if (isListType(type)) return { kind: 'LIST', ofType: reference(type.ofType) };
  if (isObjectType(type) || isInterfaceType(type)) {
    return { kind: isObjectType(type) ? 'OBJECT' : 'INTERFACE', name: type.name };
  }
  if (isUnionType(type)) return { kind: 'UNION', name: type.name };
  return ANY; // a store keeps scalars and enums as they are
}
