/** Pairing where several workers serve one app: whichever is asked, the code, the key and the nonce are the project's. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CHROMIUM_EXTENSION_ID } from '../../extension-identity.ts';
import { ROOT } from '../../scripts/project.ts';
import { until } from '../browsers/until.ts';
import { challenge, type HelloWithNonce, proofHeader } from './proof-client.ts';

const ORIGIN = `chrome-extension://${CHROMIUM_EXTENSION_ID}`;

test('node:cluster: eight pairings of eight, and a proof is good at every worker', async () => {
  const state = mkdtempSync(join(tmpdir(), 'sessionscope-cluster-'));
  const child = spawn(process.execPath, [join(ROOT, 'tests/express-session/cluster-app.ts')], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, NODE_ENV: 'development', XDG_STATE_HOME: state },
  });
  let output = '';
  let terminal = '';
  child.stdout.on('data', (data: Buffer) => (output += data.toString()));
  child.stderr.on('data', (data: Buffer) => (terminal += data.toString()));
  try {
    const port = Number(await until(() => /^(\d+)\n/.exec(output)?.[1], 'the workers'));
    /** On a connection of its own: the primary hands them out in turn. */
    const ask = <T>(call: string, body: object, headers: Record<string, string> = {}) =>
      new Promise<T>((resolve, reject) => {
        const asked = request(
          {
            host: '127.0.0.1',
            port,
            path: `/__sessionscope__/v1/${call}`,
            agent: false,
            method: 'POST',
            headers: { 'content-type': 'application/json', origin: ORIGIN, ...headers },
          },
          (response) => {
            let text = '';
            response.setEncoding('utf8').on('data', (part: string) => (text += part));
            response.on('end', () => resolve(JSON.parse(text) as T));
          },
        );
        asked.on('error', reject);
        asked.end(JSON.stringify(body));
      });

    let token = '';
    for (let pairing = 1; pairing <= 8; pairing++) {
      await ask('pair', { v: 1 });
      const codes = () => [...terminal.matchAll(/pairing code for .*?: ([A-Z0-9]{8})/g)].map(([, code]) => code);
      await until(() => codes().length === pairing, 'the code');
      // Another connection in between, so that it is not the same worker's turn each time.
      if (pairing % 2 === 0) await ask('hello', { versions: [1] });
      const answer = await ask<{ state?: string; token: string }>('pair', { v: 1, code: codes().at(-1) });
      expect(answer).toMatchObject({ state: 'paired' });
      token = answer.token;
    }

    const nonce = await challenge(token, (body) => ask<HelloWithNonce>('hello', body));
    const body = { v: 1, proofs: {}, after: null, wait: false };
    const epochs = new Set<string>();
    for (let count = 1; count <= 8; count++) {
      const header = proofHeader({ token, nonce, count, call: 'events', origin: ORIGIN, body: JSON.stringify(body) });
      const { next } = await ask<{ next: { epoch: string } }>('events', body, { 'sessionscope-proof': header });
      epochs.add(next.epoch);
    }
    expect(epochs.size).toBe(2);
  } finally {
    child.kill();
    rmSync(state, { recursive: true, force: true });
  }
});
