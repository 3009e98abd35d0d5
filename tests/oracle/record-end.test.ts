/** A record that ends while a request runs: the observer noted it as the request began, and the library found none. */
import { expect, test } from 'vitest';
import { startApp, whyNot } from './app-process.ts';
import type { Library, Program } from './programs.ts';
import { describeProgram } from './report.ts';
import { createRunner } from './run.ts';

const LIFE_MS = 1_000;

const programOf = (library: Library, settings: Program['settings']): Program => ({
  library,
  seed: 1,
  servers: 1,
  settings,
  keepsCookies: true,
  steps: [
    { do: 'begin', request: 1, browser: 0, server: 0 },
    { do: 'act', request: 1, act: { act: 'set', key: 'a', value: { is: 'json', value: 'one' } } },
    { do: 'act', request: 1, act: { act: 'expire in', seconds: LIFE_MS / 1_000 } },
    { do: 'end', request: 1, status: 200 },
    { do: 'begin', request: 2, browser: 0, server: 0 },
    { do: 'wait', ms: LIFE_MS + 100 },
    { do: 'end', request: 2, status: 200 },
  ],
});

const PROGRAMS = [
  programOf('django-cache', { saveEveryRequest: true, expireAtBrowserClose: false, cookieAge: 86_400 }),
  programOf('django-sessions-cache', { saveEveryRequest: true, expireAtBrowserClose: false, cookieAge: 86_400 }),
];

for (const program of PROGRAMS)
  test.skipIf(whyNot(program.library) !== undefined)(`${program.library}: nothing false is found in it`, async () => {
    await using app = await startApp(program.library);
    const tally = await createRunner(app).run(program);
    expect(tally.falseClaims, describeProgram(program, tally)).toEqual([]);
  });
