/** Each scenario is the bug that it says it is: a client sees the symptom, and with the fix it does not. */
import { describe, expect, test } from 'vitest';
import { play } from '../../playground/scenarios/client.ts';
import { BARE_HOSTS } from '../../playground/scenarios/hosts/index.ts';
import { SCENARIOS } from '../../playground/scenarios/index.ts';
import { runScenario } from '../../playground/scenarios/run-scenario.ts';
import { LIBRARIES, type Variant, variantOf } from '../../playground/scenarios/scenario.ts';

describe.each(LIBRARIES)('%s', (library) => {
  const scenarios = SCENARIOS.filter(({ libraries }) => libraries.includes(library));

  test.each(scenarios.map((scenario) => [scenario.id, scenario] as const))('%s', async (_id, scenario) => {
    const seenBy = async (variant: Variant) => {
      const running = await runScenario(BARE_HOSTS[library], variant);
      try {
        return await play(running, variant);
      } finally {
        await running.close();
      }
    };
    const broken = await seenBy(variantOf(scenario, false));
    const fixed = await seenBy(variantOf(scenario, true));
    expect(scenario.isSeen(broken), JSON.stringify(broken)).toBe(true);
    expect(scenario.isSeen(fixed), JSON.stringify(fixed)).toBe(false);
  });
});
