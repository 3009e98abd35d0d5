/** Each bug that is written once, run on each library that can have it: the panel's model names it, and on the fixed app it is silent. */
import cookieSession from 'cookie-session';
import session from 'express-session';
import { getIronSession } from 'iron-session';
import { describe, expect, test } from 'vitest';
import { createSessions } from '../../django-sessions/src/sessions.ts';
import { createPanelModel, type Finding, type PanelModel, sentenceText, statusLabel } from '../../model/index.ts';
import { play } from '../../playground/scenarios/client.ts';
import { startCookieSession } from '../../playground/scenarios/hosts/cookie-session.ts';
import { startDjangoSessions } from '../../playground/scenarios/hosts/django-sessions.ts';
import { startExpressSession } from '../../playground/scenarios/hosts/express-session.ts';
import { startIronSession } from '../../playground/scenarios/hosts/iron-session.ts';
import { SCENARIOS } from '../../playground/scenarios/index.ts';
import { type Scenario, type ScenarioHost, type Variant, variantOf } from '../../playground/scenarios/scenario.ts';
import { observeWith as observeCookie } from '../../server-companion/node/src/adapters/cookie-session/observe-with.ts';
import { observeWith as observeDjango } from '../../server-companion/node/src/adapters/django-sessions/observe-with.ts';
import { observeWith as observeExpress } from '../../server-companion/node/src/adapters/express-session/observe-with.ts';
import { observeWith as observeIron } from '../../server-companion/node/src/adapters/iron-session/observe-with.ts';
import type { Companion } from '../../server-companion/node/src/core/companion.ts';
import { reopened } from '../trace-file.ts';
import { until } from '../browsers/until.ts';
import { newCompanion, readAll } from '../django-sessions/observed.ts';

const HOSTS = {
  'express-session': (variant: Variant, companion: Companion) =>
    startExpressSession(variant, observeExpress(companion, session)),
  'django-sessions': (variant: Variant, companion: Companion) =>
    startDjangoSessions(variant, observeDjango(companion, createSessions) as typeof createSessions),
  'cookie-session': (variant: Variant, companion: Companion) =>
    startCookieSession(variant, observeCookie(companion, cookieSession)),
  'iron-session': (variant: Variant, companion: Companion) =>
    startIronSession(variant, observeIron(companion, getIronSession)),
} satisfies Record<string, (variant: Variant, companion: Companion) => Promise<ScenarioHost>>;
type Library = keyof typeof HOSTS;

interface Named {
  rule: string;
  /** Path of the request that the finding stands at. */
  request: string;
  /** The key that its sentence names. */
  key?: string;
}

/** Of those that keep a record in a store. */
const SAME = (named: Named): Partial<Record<Library, Named>> => ({
  'express-session': named,
  'django-sessions': named,
});
/** Of those whose cookie is the record. */
const SEALED = (named: Named): Partial<Record<Library, Named>> => ({ 'cookie-session': named, 'iron-session': named });

/** What each scenario is called, by library; a scenario that is not here fails the test. */
const NAMED: Readonly<Record<string, Partial<Record<Library, Named>>>> = {
  'lost-update': {
    ...SAME({ rule: 'lost-update', request: '/coupon', key: 'cart' }),
    ...SEALED({ rule: 'sealed-fork', request: '/coupon', key: 'cart' }),
  },
  'cookie-not-set': {
    'express-session': { rule: 'cookie-not-set', request: '/' },
    'cookie-session': { rule: 'cookie-not-set', request: '/' },
    // Whether the browser took it, only a browser can say: without one it is a note.
    'django-sessions': { rule: 'cookie-not-returned', request: '/' },
    'iron-session': { rule: 'cookie-not-returned', request: '/' },
  },
  'redirect-before-save': SAME({ rule: 'redirect-before-save', request: '/', key: 'orders' }),
  'nested-not-saved': SAME({ rule: 'nested-change-not-saved', request: '/', key: 'tags' }),
  streaming: {
    'express-session': { rule: 'cookie-not-set', request: '/download' },
    'django-sessions': { rule: 'change-after-response', request: '/download', key: 'downloads' },
    'cookie-session': { rule: 'change-after-response', request: '/download', key: 'downloads' },
    'iron-session': { rule: 'cookie-not-set', request: '/download' },
  },
  'logout-undone': {
    ...SAME({ rule: 'logout-undone', request: '/autosave' }),
    ...SEALED({ rule: 'sealed-logout-undone', request: '/autosave' }),
  },
  'session-interrupted': { 'django-sessions': { rule: 'session-interrupted', request: '/autosave' } },
  'cookie-too-large': {
    'cookie-session': { rule: 'cookie-too-large', request: '/rows' },
    // It refuses to save.
    'iron-session': { rule: 'cookie-not-set', request: '/rows' },
  },
  'key-kept-at-login': SAME({ rule: 'key-kept-at-login', request: '/login', key: 'user' }),
  'data-lost-at-login': SAME({ rule: 'data-dropped-at-rotation', request: '/login', key: 'cart' }),
  'empty-sessions-saved': { 'express-session': { rule: 'empty-sessions-saved', request: '/' } },
  'another-type-next-time': {
    ...SAME({ rule: 'store-changes-value', request: '/', key: 'at' }),
    'cookie-session': { rule: 'store-changes-value', request: '/', key: 'at' },
  },
  'unfit-value': {
    ...SAME({ rule: 'not-serializable', request: '/' }),
    'cookie-session': { rule: 'not-serializable', request: '/' },
  },
  'server-error': SAME({ rule: 'not-saved-with-error', request: '/', key: 'draft' }),
};

/** What the ASVS sheet says of a scenario, broken and fixed, by library; each bug of a requirement is here. */
const DECIDED: Readonly<
  Record<string, { requirement: string; by: Partial<Record<Library, readonly [broken: string, fixed: string]>> }>
> = {
  'key-kept-at-login': {
    requirement: '7.2.4',
    by: { 'express-session': ['unmet', 'met'], 'django-sessions': ['unmet', 'met'] },
  },
  'logout-undone': {
    requirement: '7.4.1',
    by: {
      'express-session': ['unmet', 'met in part'],
      // No logout takes back a copy of a cookie that is the session.
      'cookie-session': ['unmet', 'unmet'],
      'iron-session': ['unmet', 'unmet'],
    },
  },
  'cookie-too-large': {
    requirement: '3.3.5',
    // iron-session sets none that is too large.
    by: { 'cookie-session': ['unmet', 'met'], 'iron-session': ['not tested', 'met'] },
  },
};

function decidedIn(panel: PanelModel, requirement: string): string {
  const rows = panel.sheet.value.sections.flatMap(({ rows: all }) => all);
  return statusLabel(rows.find((row) => row.requirement.id === requirement)!.answer);
}

async function playOn(library: Library, scenario: Scenario, isFixed: boolean): Promise<PanelModel> {
  const companion = newCompanion();
  const variant = variantOf(scenario, isFixed);
  const host = await HOSTS[library](variant, companion);
  try {
    await play(host.origin, variant);
    await until(() => {
      const events = readAll(companion);
      const ended = new Set(events.flatMap((event) => (event.type === 'exchange-finished' ? [event.exchange] : [])));
      return events.every((event) => event.type !== 'exchange-started' || ended.has(event.exchange));
    }, 'every request to end');
    const panel = createPanelModel();
    panel.receive(readAll(companion));
    return panel;
  } finally {
    await host.close();
  }
}

const seriousOf = (panel: PanelModel): Finding[] => panel.findings.value.filter(({ severity }) => severity !== 'note');

for (const library of Object.keys(HOSTS) as Library[])
  describe(library, () => {
    const all = SCENARIOS.filter(({ libraries }) => libraries.includes(library));
    test.each(all.map((scenario) => [scenario.id, scenario] as const))('%s', async (id, scenario) => {
      const named = NAMED[id]?.[library];
      expect(named, 'a scenario without a finding').toBeDefined();
      const { rule, request, key } = named!;
      const broken = await playOn(library, scenario, false);
      const finding = broken.findings.value.find((found) => found.rule.id === rule);
      expect(finding, broken.findings.value.map((found) => found.rule.id).join()).toBeDefined();
      const { sentence, lines = [] } = broken.explainFinding(finding!)!;
      expect(finding!.seen.map(({ exchange }) => exchange.started?.path)).toContain(request);
      if (key !== undefined) expect(sentenceText(sentence)).toMatch(new RegExp(`\\b${key}\\b`));
      // Whatever line it names is one of the bug itself.
      for (const { operation } of lines)
        expect(operation.source?.frames.map(({ file }) => file)).toContain(
          `playground/scenarios/${scenario.module ?? id}.ts`,
        );
      expect(broken.ruleFaults.value).toEqual([]);
      // Who opens its trace finds the same.
      const again = reopened(broken.traceText());
      const found = again.findings.value.find((other) => other.rule.id === rule);
      expect(found && sentenceText(again.explainFinding(found)!.sentence)).toBe(sentenceText(sentence));
      const fixed = await playOn(library, scenario, true);
      expect(seriousOf(fixed).map((found) => found.rule.id)).toEqual([]);
      expect(fixed.findings.value.map((found) => found.rule.id)).not.toContain(rule);
      const decided = DECIDED[id];
      if (decided !== undefined)
        expect([decidedIn(broken, decided.requirement), decidedIn(fixed, decided.requirement)]).toEqual(
          decided.by[library],
        );
    });
  });
