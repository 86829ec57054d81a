/**
 * Writes strict types of the documents of the admin frontend with graphql-codegen, and compiles them.
 * usage: node codegen.ts FOLDER; the report is one JSON line: what the generator and the compiler said.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { generate } from '@graphql-codegen/cli';
import { heard } from './warnings.ts';

const place = (path: string) => new URL(path, import.meta.url).pathname;
const [folder = ''] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const print = console.log;
const said = heard();
const scalars = { Cursor: 'string', Date: 'string', DateTime: 'string', Decimal: 'string' };
const [file] = await generate(
  {
    schema: place('../../schema/schema.graphql'),
    documents: [place('../admin/operations/*.graphql')],
    silent: true,
    generates: {
      [`${folder}/types.ts`]: {
        plugins: ['typescript-operations'],
        config: { strictScalars: true, useTypeImports: true, dedupeFragments: true, enumsAsTypes: true, scalars },
      },
    },
  },
  false,
);
writeFileSync(`${folder}/types.ts`, file!.content);
const options = ['--strict', '--noEmit', '--exactOptionalPropertyTypes', '--target', 'es2023', '--ignoreConfig'];
const compiled = spawnSync(process.execPath, [place('../node_modules/typescript/bin/tsc'), ...options, 'types.ts'], {
  cwd: folder,
  encoding: 'utf8',
});
const complaints = compiled.stdout.split('\n').filter((line) => line !== '');
print(
  JSON.stringify({ said, complaints, operations: [...file!.content.matchAll(/export type \w+Variables = /g)].length }),
);
