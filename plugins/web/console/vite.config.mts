/** Builds the console into dist/plugins/web/console: no inline script or style, no other host, hashed names. */

import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const folder = dirname(fileURLToPath(import.meta.url));

export default defineConfig({
  root: folder,
  base: '/',
  publicDir: false,
  logLevel: 'warn',
  // The tsconfig beside it is for the editor and the check alone.
  oxc: { jsx: { runtime: 'automatic' } },
  define: { 'process.env.NODE_ENV': '"production"' },
  build: {
    outDir: join(folder, '../../../dist/plugins/web/console'),
    emptyOutDir: true,
    assetsDir: 'assets',
    // A `data:` address in a style sheet would have to be allowed for all of them.
    assetsInlineLimit: 0,
    sourcemap: false,
    target: 'es2022',
    cssCodeSplit: true,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      input: [join(folder, 'index.html'), join(folder, 'not-found.html')],
      // `use client` of packages is for servers that render.
      onLog: (level, log, handler) => {
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') handler(level, log);
      },
    },
  },
});
