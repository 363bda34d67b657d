/**
 * What is bundled, and how: shared by build.mjs and by the test that looks at what went into the bundles.
 * Runs on Node 20 as well, because the npm that calls it may be that old.
 */

import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Entry points, as source → bundle, both relative to the checkout. */
export const BUNDLES = [
  { source: 'src/daemon/main.ts', bundle: 'dist/torud.cjs', program: 'torud' },
  // Every byte of it is read before `toru list` does anything.
  { source: 'src/cli/main.ts', bundle: 'dist/toru.cjs', program: 'toru', isSmall: true },
  { source: 'src/cli/full.ts', bundle: 'dist/toru-full.cjs', program: 'toru', keepsImports: true },
  // Ink waits at its import for WebAssembly, which only an ES module can.
  { source: 'src/cli/tui/main.ts', bundle: 'dist/toru-tui.mjs', program: 'toru' },
  { source: 'src/cli/completion/answer.ts', bundle: 'dist/toru-complete.cjs', program: 'toru' },
  { source: 'src/doctor/main.ts', bundle: 'dist/toru-doctor.cjs', program: 'toru' },
  { source: 'src/conformance/program.ts', bundle: 'dist/toru-check.cjs', program: 'toru' },
  { source: 'plugins/web/toru-web.ts', bundle: 'dist/toru-web.cjs', program: 'toru-web' },
  { source: 'plugins/sdk/index.ts', bundle: 'dist/sdk.cjs', program: '' },
];

/** Ends a program on a Node that is too old with one line, before anything newer is touched. */
function nodeCheck(program) {
  const say = `${program}: Node 24 or newer is needed, this is ' + process.versions.node + '; `;
  const next = 'run npm install where toru is installed, or put a newer node in PATH';
  return `if (+process.versions.node.split('.')[0] < 24) { console.error('${say}${next}'); process.exit(1); }`;
}

/** node-ipc imports these for networks that torud never opens; loading them would cost torud 5 MB. */
const emptyForNodeIpc = {
  name: 'empty-for-node-ipc',
  setup(build) {
    build.onResolve({ filter: /^node:(tls|dgram)$/ }, ({ path, importer }) =>
      importer.includes('/node_modules/node-ipc/') ? { path, namespace: 'empty' } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: 'empty' }, () => ({ contents: 'export default {};' }));
  },
};

/** In an ES module: what the bundled CommonJS packages reach Node's own modules by. */
const REQUIRE =
  "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

function bannerOf({ program, bundle }) {
  if (program === '') return {};
  return { js: bundle.endsWith('.mjs') ? REQUIRE : nodeCheck(program) };
}

/** Ink's devtools are not for users. */
const withoutDevtools = {
  name: 'without-devtools',
  setup(build) {
    build.onResolve({ filter: /^react-devtools-core$/ }, ({ path }) => ({ path, namespace: 'none' }));
    build.onLoad({ filter: /.*/, namespace: 'none' }, () => ({ contents: 'export default {};' }));
  },
};

/**
 * Options for esbuild.
 * @param {{ source: string, bundle: string, program: string }} entry
 * @param {string} checkout absolute folder of the checkout
 */
export function bundleOptions(entry, checkout) {
  return {
    absWorkingDir: checkout,
    entryPoints: [entry.source],
    outfile: entry.bundle,
    bundle: true,
    platform: 'node',
    format: entry.bundle.endsWith('.mjs') ? 'esm' : 'cjs',
    // What runs inside plugins may meet an older Node than torud's own.
    target: entry.program === '' ? 'node18' : 'node24',
    charset: 'utf8',
    minifySyntax: true,
    minifyWhitespace: entry.isSmall === true,
    minifyIdentifiers: entry.isSmall === true,
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
    external: ['koffi'],
    plugins: [emptyForNodeIpc, withoutDevtools],
    // React has a slow half for developers.
    define: { 'process.env.NODE_ENV': '"production"' },
    // `import()` of a bundled file becomes `require`: the ES module loader would cost milliseconds at start.
    supported: { 'dynamic-import': entry.keepsImports === true || entry.bundle.endsWith('.mjs') },
    banner: bannerOf(entry),
  };
}

/** Plugins that are parts of toru, and run on torud's own Node. */
export const MODULES = new Set(['web']);

/** Bundles of plugins: plugins/ID/ID.ts becomes ID.cjs in the plugin's folder under dist/plugins. */
export function pluginBundle(id, checkout) {
  const source = join('plugins', id, `${id}.ts`);
  if (!existsSync(join(checkout, source))) return undefined;
  const program = MODULES.has(id) ? id : '';
  return { source, bundle: join('dist/plugins', id, `${id}.cjs`), program };
}
