import {
  Kind,
  type DocumentNode,
  type FragmentDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

export type Fragments = Map<string, FragmentDefinitionNode>;

export function fragmentsOf(document: DocumentNode): Fragments {
  const all = document.definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
  return new Map(all.map((fragment) => [fragment.name.value, fragment]));
}

export function rootSelection(document: DocumentNode): SelectionSetNode | undefined {
  return document.definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION)?.selectionSet;
}

/** All that a document asks below one key of an answer, whatever the type it is asked on. */
export function below(set: SelectionSetNode, key: string, fragments: Fragments): SelectionSetNode {
  return { kind: Kind.SELECTION_SET, selections: [...selectionsBelow(set, key, fragments)] };
}

function* selectionsBelow(set: SelectionSetNode, key: string, fragments: Fragments): Generator<SelectionNode> {
  for (const selection of set.selections) {
    if (selection.kind === Kind.FIELD) {
      if ((selection.alias ?? selection.name).value === key) yield* selection.selectionSet?.selections ?? [];
    } else {
      const inner = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
      if (inner) yield* selectionsBelow(inner.selectionSet, key, fragments);
    }
  }
}

/** A document that asks these selections of one cached object. */
export function documentOf(selectionSet: SelectionSetNode, fragments: Fragments): DocumentNode {
  const operation = { kind: Kind.OPERATION_DEFINITION, operation: 'query', selectionSet } as const;
  return { kind: Kind.DOCUMENT, definitions: [operation, ...fragments.values()] } as DocumentNode;
}
