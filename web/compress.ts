/** Compresses what was built, beside each file: `x.js.br` and `x.js.gz` are what a browser is sent of `x.js`. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const FOLDERS = ['wallboard/dist', 'graphiql/dist'];
const TEXTS = /\.(js|css|svg|json|ttf)$/;
/** Below this a header costs what is saved; our choice. */
const LEAST_BYTES = 1024;
/** Above this the last hundredth of Brotli takes many times as long; our choice, for Monaco alone. */
const LARGE_BYTES = 1_000_000;

const gzipped = promisify(gzip);
const brotlied = promisify(brotliCompress);

async function compress(file: string): Promise<void> {
  const content = await readFile(file);
  if (content.length < LEAST_BYTES) return;
  const quality = content.length > LARGE_BYTES ? 9 : constants.BROTLI_MAX_QUALITY;
  const made = {
    gz: await gzipped(content, { level: constants.Z_BEST_COMPRESSION }),
    br: await brotlied(content, { params: { [constants.BROTLI_PARAM_QUALITY]: quality } }),
  };
  for (const [suffix, bytes] of Object.entries(made))
    if (bytes.length < content.length) await writeFile(`${file}.${suffix}`, bytes);
}

for (const folder of FOLDERS) {
  const names = await readdir(join(import.meta.dirname, folder), { recursive: true });
  await Promise.all(
    names.filter((name) => TEXTS.test(name)).map((name) => compress(join(import.meta.dirname, folder, name))),
  );
}
