/** The call `open`, which starts a program on the developer's machine: for nobody who is not paired, for no file outside. */
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Input, type Row, withHeader } from './rows.ts';
import type { Listener, Target } from './target.ts';

/** A file of the project's, which a paired panel may open. */
const OWN_FILE = 'cart.js';

const OUTSIDE = [
  '../secret', 'x/../../secret', '..\\secret', '/etc/passwd', '//evil.test/share/x', '\\\\evil.test\\share\\x', 'link-out',
  'C:/x', 'file:///etc/passwd', 'cart.js:$DATA', 'cart.js\n', 'cart.js\0', './cart.js', '.', 'none.js', '%2e%2e/secret',
  '; touch started', '$(touch started)', '`touch started`', '| touch started', '-version', '--wait',
]; // prettier-ignore

const MALFORMED: readonly object[] = [
  { line: 0 },
  { line: -1 },
  { line: 1.5 },
  { line: '1; touch started' },
  { column: '1' },
  { line: null },
  { file: '' },
  { file: [OWN_FILE] },
  { file: { toString: OWN_FILE } },
  { file: 'x'.repeat(2_000) },
  { v: 2 },
];

/** 404: a companion that opens no editor. */
const NOT_PAIRED = [403, 404];

export const EDITOR_ROW: Row = {
  name: 'an editor for who may not have one',
  inputs: async ({ target, listener, victim }) => {
    layOut(target);
    const body = { v: 1, file: OWN_FILE, line: 1 };
    const paired = (more: object = {}) => target.call(listener, 'open', { ...body, ...more }, { isPaired: true });
    const inputs: Input[] = [];
    for (const proofs of [{}, { cookies: victim.cookies }, { exchanges: [victim.exchange] }])
      inputs.push({
        what: `not paired, ${Object.keys(proofs)[0] ?? 'nothing'}`,
        request: await target.call(listener, 'open', { ...body, proofs }),
        allowed: NOT_PAIRED,
      });
    for (const [header, value] of [
      ['Origin', 'http://localhost:4000'],
      ['Origin', 'null'],
      ['Host', 'evil.test'],
      ['Content-Type', 'text/plain'],
      ['Sessionscope-Proof', 'x'],
    ] as const)
      inputs.push({
        what: `${header}: ${value}`,
        request: withHeader(await paired(), header, value),
        allowed: [403, 404, 415],
      });
    inputs.push({ what: 'GET', request: { ...(await paired()), method: 'GET' }, allowed: [404, 405] });
    for (const file of OUTSIDE)
      inputs.push({ what: JSON.stringify(file), request: await paired({ file }), allowed: [404] });
    for (const more of MALFORMED)
      inputs.push({ what: JSON.stringify(more).slice(0, 60), request: await paired(more), allowed: [400, 404] });
    return inputs;
  },
};

/** What a paired panel may ask; whether this companion does it. The fake editor starts then: what the row checks can fail. */
export async function opensForThePaired(target: Target, listener: Listener): Promise<boolean> {
  layOut(target);
  const request = await target.call(listener, 'open', { v: 1, file: OWN_FILE, line: 3 }, { isPaired: true });
  const { status } = await target.send(listener, request);
  return status === 200;
}

function layOut({ directory }: Target): void {
  writeFileSync(join(directory, OWN_FILE), '');
  writeFileSync(join(directory, '..', 'secret'), '');
  try {
    symlinkSync('/etc/passwd', join(directory, 'link-out'));
  } catch {
    // It is there from the other listener.
  }
}
