/**
 * Each bug that is written once, in real Chromium with the built extension: its requests are sent by a real page, the
 * panel's explanation is read off the screen and leads to the right request, key and line; fixed, nothing is wrong.
 */
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RULES } from '../../model/findings/rules/index.ts';
import { type PythonHost, startPython } from '../../playground/scenarios/hosts/python.ts';
import { SCENARIOS } from '../../playground/scenarios/index.ts';
import { runScenario } from '../../playground/scenarios/run-scenario.ts';
import {
  type LibraryName,
  type Scenario,
  type ScenarioSettings,
  type Seen,
  variantOf,
} from '../../playground/scenarios/scenario.ts';
import { ROOT } from '../../scripts/project.ts';
import type { Companion } from '../../server-companion/node/src/core/companion.ts';
import { type Chromium, launchChromium } from '../browsers/chromium.ts';
import { describeIn } from '../browsers/needs-browser.ts';
import { settle } from '../browsers/panel-rows.ts';
import { type PanelView, viewPanel } from '../browsers/panel-view.ts';
import { playInPage } from '../browsers/play-in-page.ts';
import { DJANGO_PYTHON, lacksDjango } from '../django/django-demo.ts';
import { startObserved } from '../findings/play-observed.ts';
import { NAMED as NAMED_IN_PYTHON } from '../findings/python-findings.ts';
import { type Named, NAMED } from '../findings/scenario-findings.ts';
import { SEED } from '../seed.ts';
import { LINES, UNSEEN } from './scenario-lines.ts';

type Library = LibraryName | 'django';

/** All of them take two minutes: `npm test` plays every sixth, which ones the seed decides; `npm run scenarios` all. */
const PLAYED = SCENARIOS.filter((_scenario, index) => process.env['MODE'] === 'all' || index % 6 === SEED % 6);

/** express-session where it can have the bug, Django where it cannot; else the first library that can. */
function libraryOf({ libraries, python = [] }: Scenario): Library {
  if (libraries.includes('express-session')) return 'express-session';
  return python.includes('django') ? 'django' : libraries[0]!;
}

function namedOf(library: Library, { id }: Scenario): Named {
  const named = library === 'django' ? NAMED_IN_PYTHON[id]?.django : NAMED[id]?.[library];
  if (named === undefined) throw new Error(`${id} has no finding on ${library}`);
  return named;
}

interface Running {
  originOf: (server?: string) => string;
  restart: () => Promise<void>;
  close: () => Promise<void>;
}

/** One process for each settings: it serves one scenario after the other. */
const djangos = new Map<string, Promise<PythonHost>>();

function djangoWith(settings: ScenarioSettings): Promise<PythonHost> {
  const name = JSON.stringify(settings);
  let started = djangos.get(name);
  if (started === undefined) djangos.set(name, (started = startPython(DJANGO_PYTHON, 'django', settings)));
  return started;
}

async function start(library: Library, scenario: Scenario, isFixed: boolean): Promise<Running> {
  const variant = variantOf(scenario, isFixed);
  if (library === 'django') {
    const host = await djangoWith(variant.settings!);
    await host.show(scenario.module ?? scenario.id, isFixed);
    return {
      originOf: () => host.origin,
      restart: () => Promise.reject(new Error('Nothing of Python is restarted.')),
      // Another scenario may be served by it.
      close: () => Promise.resolve(),
    };
  }
  const companions: Companion[] = [];
  const running = await runScenario(startObserved(library, companions), variant);
  return {
    ...running,
    async restart() {
      // They go with the process.
      for (const companion of companions.splice(0)) companion.close();
      await running.restart();
    },
    async close() {
      await running.close();
      for (const companion of companions) companion.close();
    },
  };
}

describeIn('chromium')('scenarios in Chromium', () => {
  let chromium: Chromium;
  let panel: PanelView;
  /** A page of another port. */
  let other: Server;
  let elsewhere = '';

  beforeAll(async () => {
    other = createServer((_request, response) => void response.setHeader('content-type', 'text/html').end('<p>'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    elsewhere = `http://127.0.0.1:${(other.address() as AddressInfo).port}/`;
    chromium = await launchChromium();
    panel = viewPanel(await chromium.showPanel());
  });
  afterAll(async () => {
    await chromium?.close();
    other?.closeAllConnections();
    other?.close();
    for (const started of djangos.values()) await (await started.catch(() => undefined))?.[Symbol.asyncDispose]();
  });

  /** In a browser without cookies and a panel without requests. */
  async function inNewPage<T>(running: Running, scenario: Scenario, isFixed: boolean, read: () => Promise<T>) {
    const { page } = chromium;
    try {
      const context = page.browserContext();
      await context.deleteCookie(...(await context.cookies()));
      await panel.press('[aria-label="Clear"]');
      const patient = {
        originOf: running.originOf,
        async restart() {
          // What the server does not keep has to be in the panel before.
          await settle(panel.frame);
          await running.restart();
        },
      };
      const seen = await playInPage(page, patient, variantOf(scenario, isFixed).steps, elsewhere);
      return { seen, read: await read() };
    } finally {
      await page.goto('about:blank');
      await running.close();
    }
  }

  /** The tab is there with the first request. */
  async function openFindings() {
    await panel.frame.waitForSelector('#tab-findings');
    await panel.press('#tab-findings');
    await panel.frame.waitForSelector('.body.findings');
  }

  /** Opens the finding with this title; gives what stands there. */
  async function readFinding(title: string) {
    await openFindings();
    await panel.waitFor(title, '.tab-body');
    await panel.frame.evaluate((wanted) => {
      const rows = [...document.querySelectorAll<HTMLElement>('.finding-row')];
      rows.find((row) => row.querySelector('b')?.innerText === wanted)!.click();
    }, title);
    await panel.waitFor(/./, '.finding .lead');
    const text = await panel.text('.finding');
    const links = await panel.frame.$$eval('.finding .pairs .source', (all) =>
      all.map((link) => ({ shown: (link as HTMLElement).innerText, title: (link as HTMLElement).title })),
    );
    const requests = await panel.frame.$$eval('.timeline .row:has(.finding-badge) .request', (all) =>
      all.map(({ textContent }) => textContent),
    );
    await panel.frame.evaluate(() => document.querySelector<HTMLElement>('.finding-head .to')!.click());
    return { text, links, requests };
  }

  /** Titles of problems and warnings, once the panel has come to rest. */
  async function readSerious() {
    await settle(panel.frame);
    await openFindings();
    return panel.frame.$$eval('.finding-row:has(.severity:is(.remove, .time)) b', (titles) =>
      titles.map((title) => title.textContent),
    );
  }

  for (const scenario of PLAYED) {
    const { id } = scenario;
    const library = libraryOf(scenario);
    const lacksIt = library === 'django' && lacksDjango;
    const why = UNSEEN[id];
    const name = `${id}, on ${library}${why === undefined ? '' : ` (does not apply: ${why})`}`;
    test.skipIf(lacksIt || why !== undefined)(name, async () => {
      const { rule, request, key } = namedOf(library, scenario);
      const { title } = RULES.find((known) => known.id === rule)!;
      const broken = await inNewPage(await start(library, scenario, false), scenario, false, () => readFinding(title));
      if (isReadable(broken.seen)) expect(scenario.isSeen(broken.seen), JSON.stringify(broken.seen)).toBe(true);
      const { text, links, requests } = broken.read;
      // It is named there, or its row has the finding's badge.
      expect(`${text} ${requests.join(' ')}`).toContain(request);
      if (key !== undefined) expect(text).toMatch(new RegExp(`\\b${key}\\b`));
      const module = scenario.module ?? id;
      const file = library === 'django' ? `python/${module.replaceAll('-', '_')}.py` : `${module}.ts`;
      const code = links.flatMap((link) => codeAt(link, `playground/scenarios/${file}`));
      expect(code, `the lines of ${id}`).toEqual(LINES[id]);

      const fixed = await inNewPage(await start(library, scenario, true), scenario, true, readSerious);
      if (isReadable(fixed.seen)) expect(scenario.isSeen(fixed.seen), JSON.stringify(fixed.seen)).toBe(false);
      expect(fixed.read).toEqual([]);
    });
  }
});

/** Whether a script of the page, or the page itself, could read every answer: not that of an image or of a loop. */
const isReadable = (seen: readonly Seen[]): boolean => seen.every(({ status }) => status >= 200 && status !== 304);

/** The scenario's own line behind a link, whose text is `file:line` and whose title has the whole stack of the app. */
function codeAt({ shown, title }: { shown: string; title: string }, file: string): string[] {
  const [, first = '', line = ''] = /^(.+?):(\d+)/.exec(title)!;
  expect(shown.replaceAll(/\p{Cf}/gu, '')).toMatch(new RegExp(`${first.split('/').at(-1)}:${line}$`));
  const own = title.split('\n').find((frame) => frame.startsWith(`${file}:`));
  if (own === undefined) {
    // The library's, or that of a host which stands for it.
    expect(first).toMatch(/^(?:site-packages|node_modules|playground\/scenarios(?:\/python)?\/hosts)\//);
    return [];
  }
  const at = Number(/:(\d+)/.exec(own.slice(file.length))![1]);
  return [readFileSync(join(ROOT, file), 'utf8').split('\n')[at - 1]!.trim()];
}
