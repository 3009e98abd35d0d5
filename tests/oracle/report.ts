/** A program and what was claimed of it, for people. */
import type { Program, Step } from './programs.ts';
import type { Tally } from './tally.ts';

function describeStep(step: Step): string {
  switch (step.do) {
    case 'begin':
      return `request ${step.request} begins: browser ${step.browser}, server ${step.server}`;
    case 'act': {
      const { act, ...rest } = step.act;
      return `request ${step.request}: ${act} ${Object.values(rest)
        .map((value) => JSON.stringify(value))
        .join(' ')}`;
    }
    case 'end':
      return `request ${step.request} ends with ${step.status}`;
    case 'abort':
      return `request ${step.request}: the browser goes away`;
    case 'restart':
      return `server ${step.server} restarts`;
    case 'wait':
      return `${step.ms} ms pass`;
  }
}

export function describeProgram(
  { library, seed, servers, settings, keepsCookies, asksJar, refusesCookies, steps }: Program,
  { falseClaims }: Tally,
): string {
  const lines = [
    `${library}, seed ${seed}, ${servers} server(s), ${JSON.stringify({ ...settings, keepsCookies, asksJar, refusesCookies })}`,
  ];
  steps.forEach((step, at) => lines.push(`  ${at}. ${describeStep(step)}`));
  for (const { kind, step, request, says, isSo } of falseClaims.slice(0, 6))
    lines.push(
      `  false (${kind}, after step ${step}, request ${request}): the panel says ${says}`,
      `    and it is ${isSo}`,
    );
  return lines.join('\n');
}

const percent = (part: number, whole: number) => (whole === 0 ? '–' : `${Math.round((1_000 * part) / whole) / 10} %`);

export function describeTally({ counts }: Tally): string {
  return [...counts]
    .map(([kind, { right, unknown, false: wrong }]) => {
      const all = right + unknown + wrong;
      return `  ${kind.padEnd(15)} ${String(all).padStart(8)} claims, ${percent(unknown, all).padStart(7)} not known, ${wrong} false`;
    })
    .join('\n');
}
