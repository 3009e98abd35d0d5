/**
 * Takes every state of the panel's page, light and dark, at four widths, to be looked at:
 * `node scripts/state-pictures.ts [--states=timeline,diff] [--widths=272,1440] [--themes=light]`, into `.tmp/states`.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { STATES } from '../playground/panel/states.ts';
import { openPanelPage } from '../tests/panel/panel-page.ts';
import { ROOT } from './project.ts';

const { values } = parseArgs({
  options: {
    states: { type: 'string', default: Object.keys(STATES).join() },
    widths: { type: 'string', default: '272,500,800,1440' },
    themes: { type: 'string', default: 'light,dark' },
  },
});
/** px; the heights that go with the widths: docked to the side, to the bottom, in a window of its own. */
const HEIGHTS: Record<string, number> = { 272: 700, 500: 700, 800: 700, 1440: 810 };

const folder = join(ROOT, '.tmp', 'states');
mkdirSync(folder, { recursive: true });
await using panel = await openPanelPage();
let count = 0;
for (const state of values.states.split(','))
  for (const width of values.widths.split(','))
    for (const theme of values.themes.split(',')) {
      await panel.size(Number(width), HEIGHTS[width] ?? 700);
      // Narrow, a state whose point is a value is one of the details.
      const views = width === '272' && STATES[state]?.recording !== undefined ? ['list', 'detail'] : ['list'];
      for (const view of views) {
        await panel.open(state, { theme, view });
        const name = `${state}-${width}${view === 'detail' ? '-detail' : ''}-${theme}.png`;
        await panel.page.screenshot({ path: join(folder, name) as `${string}.png` });
        count += 1;
      }
    }
console.log(`${count} pictures in ${folder}`);
