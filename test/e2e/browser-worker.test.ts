/** A plugin that wants the console for itself, by a service worker that the browser keeps. */

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BROWSER_REASON, BrowserRig, type Tab } from '../rig/browser.ts';
import { installPage } from '../rig/page-bundles.ts';
import { writeProgram } from '../rig/plugin-fixture.ts';

/** Answers everything with a worker that would answer everything. */
const GREEDY = `#!/usr/bin/env node
const worker = "onfetch = (event) => event.respondWith(new Response('mine'))";
require('node:http')
  .createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/javascript', 'service-worker-allowed': '/' });
    response.end(worker);
  })
  .listen(process.env.TORU_HTTP_SOCKET);
`;

describe.skipIf(BROWSER_REASON !== undefined)(`service workers${BROWSER_REASON ?? ''}`, () => {
  let rig: BrowserRig;
  let tab: Tab;

  beforeAll(async () => {
    rig = await BrowserRig.open({
      prepare: async (stage) => {
        const folder = join(stage.paths.pluginFolder, 'greedy');
        await mkdir(folder);
        await writeProgram(join(folder, 'run'), GREEDY);
        const metadata = {
          id: 'greedy',
          name: 'Greedy',
          version: '1.0.0',
          command: ['run'],
          transport: 'none',
        };
        await writeFile(
          join(folder, 'plugin.json'),
          JSON.stringify({ ...metadata, http_socket: true, route: '/greedy' }),
        );
        await installPage(stage, 'works', 'works');
      },
    });
    for (const id of ['greedy', 'page-works']) await rig.stage.act('enable', id);
    tab = await rig.signIn('/plugins');
  });

  afterAll(() => rig?.[Symbol.asyncDispose]());

  test.each([
    ['/p/greedy/worker.js', '/'],
    ['/p/greedy/worker.js', undefined],
    ['/api/plugins/greedy/worker.js', '/'],
    ['/api/plugins/route/greedy/worker.js', undefined],
    ['/api/plugins/page-works/bundle.js', undefined],
  ])('the browser registers none of a plugin, from %s for %s', async (script, scope) => {
    // Without a worker's script there is nothing to refuse.
    await expect
      .poll(() => tab.page.evaluate((url) => fetch(url).then(({ status }) => status), script), {
        timeout: 20_000,
      })
      .toBe(200);
    const kept = await tab.page.evaluate(
      `(async () => {
        const said = await navigator.serviceWorker
          .register(${JSON.stringify(script)}, ${JSON.stringify(scope === undefined ? {} : { scope })})
          .then(() => 'registered', String);
        return { said, count: (await navigator.serviceWorker.getRegistrations()).length };
      })()`,
    );
    expect(kept).toEqual({ said: expect.stringMatching(/403/), count: 0 });
  });
});
