/** Plays a scenario on an observed host and gives the panel of a developer who had DevTools open in the user's tab. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { harOf } from '../../entrypoints/panel/har-of.ts';
import { createPanelModel, type PanelModel, loadDeferred } from '../../model/index.ts';
import { type Entry, play } from '../../playground/scenarios/client.ts';
import { runScenario } from '../../playground/scenarios/run-scenario.ts';
import { type LibraryName, type Scenario, type StartHost, variantOf } from '../../playground/scenarios/scenario.ts';
import { type Companion, createCompanion } from '../../server-companion/node/src/core/companion.ts';
import { type Identity, loadIdentity } from '../../server-companion/node/src/core/identity.ts';
import { readHarEntry } from '../../transport/seen-response.ts';
import { until } from '../browsers/until.ts';
import { readAll } from '../django-sessions/observed.ts';
import { OBSERVED_HOSTS } from './observed-hosts.ts';

await loadDeferred();

/** The client in whose tab DevTools are open. */
const TAB = 'user';

const folder = mkdtempSync(join(tmpdir(), 'sessionscope-scenarios-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

/** Each start of a server has a companion of its own; those of one server are of one project. */
export function startObserved(library: LibraryName, companions: Companion[]): StartHost {
  const identities = new Map<string | undefined, Identity>();
  return (variant, life) => {
    const name = life?.server;
    let identity = identities.get(name);
    if (identity === undefined)
      identities.set(name, (identity = loadIdentity(process.cwd(), mkdtempSync(join(folder, 'state-')))));
    const companion = createCompanion({}, identity);
    companions.push(companion);
    return OBSERVED_HOSTS[library](companion)(variant, life);
  };
}

const isAllOver = (companion: Companion): boolean => {
  const events = readAll(companion);
  const ended = new Set(events.flatMap((event) => (event.type === 'exchange-finished' ? [event.exchange] : [])));
  return events.every((event) => event.type !== 'exchange-started' || ended.has(event.exchange));
};

export async function playObserved(library: LibraryName, scenario: Scenario, isFixed: boolean): Promise<PanelModel> {
  const companions: Companion[] = [];
  const entries: Entry[] = [];
  const variant = variantOf(scenario, isFixed);
  const running = await runScenario(startObserved(library, companions), variant);
  try {
    const pageOrigin = running.originOf();
    await play(running, variant, { onEntry: (entry, client) => void (client === TAB && entries.push(entry)) });
    await until(() => companions.every(isAllOver), 'every request to end');
    const panel = createPanelModel();
    for (const companion of companions) panel.receive(readAll(companion));
    for (const entry of entries) {
      const har = harOf(readHarEntry(entry, true)!, undefined, pageOrigin);
      if (har !== undefined) panel.seeHarEntry(har);
    }
    while (panel.unchecked.value > 0) panel.checkMore();
    return panel;
  } finally {
    await running.close();
    for (const companion of companions) companion.close();
  }
}
