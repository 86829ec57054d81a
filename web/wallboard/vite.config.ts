import { defineConfig } from 'vite';

export default defineConfig({
  base: '/wallboard/',
  build: {
    target: 'es2023',
    // A strict Content-Security-Policy wants files, not data in URLs.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      input: ['index.html', 'activate.html'],
      onwarn: (warning, warn) => warning.code === 'MODULE_LEVEL_DIRECTIVE' || warn(warning),
    },
  },
});
