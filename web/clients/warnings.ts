/** What a library says on the console while it works; nothing of it is printed. */
export function heard(): string[] {
  const said: string[] = [];
  for (const method of ['log', 'info', 'debug', 'warn', 'error'] as const) {
    console[method] = (...words: unknown[]) => void said.push(`${method}: ${words.map(String).join(' ')}`);
  }
  return said;
}

/** fetch, and how many of its requests came with the hash of a document only. */
export function counted(): { fetch: typeof fetch; hashes: () => number; texts: () => number } {
  const counts = { hashes: 0, texts: 0 };
  return {
    fetch: (input, init) => {
      const asked = init?.body
        ? JSON.parse(String(init.body))
        : Object.fromEntries(new URL(String(input)).searchParams);
      counts[asked.query === undefined ? 'hashes' : 'texts'] += 1;
      return fetch(input, init);
    },
    hashes: () => counts.hashes,
    texts: () => counts.texts,
  };
}
