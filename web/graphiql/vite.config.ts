import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

export default defineConfig({
  base: '/graphiql/',
  resolve: { alias: { '@operations': fileURLToPath(new URL('../admin/operations', import.meta.url)) } },
  worker: { format: 'es' },
  build: {
    target: 'es2023',
    // A strict Content-Security-Policy wants files, not data in URLs.
    assetsInlineLimit: 0,
    // Monaco is one large piece by nature, and this page is for developers.
    chunkSizeWarningLimit: 8000,
    reportCompressedSize: false,
    rolldownOptions: {
      // "use client" means nothing here: there is no server rendering.
      onwarn: (warning, warn) => warning.code === 'MODULE_LEVEL_DIRECTIVE' || warn(warning),
    },
  },
});
