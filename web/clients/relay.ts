/**
 * Compiles the documents of the admin frontend, and one of Relay's own kind, with Relay's compiler as it is published.
 * usage: node relay.ts FOLDER; the report is one JSON line: what the compiler said, and what the types of some answers are.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Kind, parse, print, visit, type ASTNode, type NameNode } from 'graphql';

const OPERATIONS = new URL('../admin/operations/', import.meta.url);
const COMPILER = new URL('../node_modules/relay-compiler/cli.js', import.meta.url).pathname;
const SCALARS = ['Cursor', 'Date', 'DateTime', 'Decimal'];
/** A list with pages, a ticket that is fetched again by its id, and errors that are thrown. */
const OWN = `
query OwnQuery($first: Int!, $number: String!) @throwOnFieldError {
  viewer { name }
  ticket(number: $number) { ...Own_ticket }
  ...Own_list @arguments(first: $first)
}
fragment Own_list on Query
@argumentDefinitions(first: { type: "Int", defaultValue: 5 }, after: { type: "Cursor" })
@refetchable(queryName: "OwnPagesQuery") {
  tickets(first: $first, after: $after) @connection(key: "Own_tickets") { edges { node { id number } } }
}
fragment Own_ticket on Ticket @refetchable(queryName: "OwnTicketQuery") {
  number
  timeline(last: 5) { edges { node { kind } } }
}`;

const [folder = ''] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
writeModule('Own', OWN);
for (const file of readdirSync(OPERATIONS)) {
  const document = parse(readFileSync(new URL(file, OPERATIONS), 'utf8'));
  const operation = document.definitions.find((each) => each.kind === Kind.OPERATION_DEFINITION)!;
  writeModule(operation.name!.value, print(named(document, operation.name!.value)));
}
writeFileSync(`${folder}/relay.config.json`, JSON.stringify(config()));
const ran = spawnSync(process.execPath, [COMPILER, 'relay.config.json'], { cwd: folder, encoding: 'utf8' });
const said = `${ran.stdout}${ran.stderr}`.replace(/\u001b\[\d+m/g, '').split('\n');
const complaints = said.filter((line) => line !== '' && !line.startsWith('[INFO]'));
console.log(JSON.stringify({ code: ran.status, complaints, viewer: typeOf('viewer'), ticket: typeOf('ticket') }));

function config(): object {
  const schema = new URL('../../schema/schema.graphql', import.meta.url).pathname;
  const customScalarTypes = Object.fromEntries(SCALARS.map((name) => [name, 'string']));
  return { src: '.', schema, language: 'typescript', eagerEsModules: true, customScalarTypes };
}

function writeModule(name: string, text: string): void {
  const parts = parse(text, { noLocation: true }).definitions.map((each) => `graphql\`${print(each)}\`;`);
  writeFileSync(`${folder}/${name}.ts`, `import { graphql } from 'relay-runtime';\n${parts.join('\n')}\n`);
}

/** Relay wants operations and fragments to be called after their module. */
function named<Node extends ASTNode>(document: Node, module: string): Node {
  const renamed = <Named extends { name: NameNode }>(node: Named) => {
    return { ...node, name: { ...node.name, value: `${module}_${node.name.value}` } };
  };
  return visit(document, {
    OperationDefinition: (node) => {
      const kind = node.operation.charAt(0).toUpperCase() + node.operation.slice(1);
      return { ...node, name: { ...node.name!, value: module + kind } };
    },
    FragmentDefinition: renamed,
    FragmentSpread: renamed,
  });
}

/** Whether Relay's type of a field of OwnQuery may be null. */
function typeOf(field: string): string {
  const types = readFileSync(`${folder}/__generated__/OwnQuery.graphql.ts`, 'utf8');
  const data = types.slice(types.indexOf('OwnQuery$data'), types.indexOf('export type OwnQuery ='));
  const [, end] = new RegExp(`^  readonly ${field}: \\{[^}]*\\}(.*);$`, 'm').exec(data) ?? [];
  return end === '' ? 'not null' : String(end);
}
