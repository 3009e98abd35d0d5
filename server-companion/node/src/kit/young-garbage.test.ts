/** What a request leaves is garbage that the next collection of the young heap frees (decision 0171). */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

/** Each runs once for a request; `payload` is what hangs on it. */
const CASES = {
  'a watched response': `
    const { observeResponse } = await import(kit('hosts/response.ts'));
    run = (payload) => observeResponse(
      { writeHead() {}, end() {}, getHeader() {}, payload },
      { head: (_below, write) => write(payload), end: (_below, finish) => finish(payload) },
    );`,
  'an announced response': `
    const { announceLast } = await import(kit('hosts/announce.ts'));
    run = (payload) => announceLast({ writeHead() {}, payload }, 'item');`,
  'a call of a store': `
    const { observeStoreMethod } = await import(kit('stores/callbacks.ts'));
    const store = { get(_key, answer) { answer(); } };
    observeStoreMethod(store, { name: 'get', callbackAt: 1, isOptional: false, begin: () => ({ answered() {} }) });
    run = (payload) => store.get('key', () => payload);`,
  'a line of the app': `
    const { createSourceTaker } = await import(kit('../core/source.ts'));
    const sources = createSourceTaker({ root: '/', perSecond: Infinity });
    run = (payload) => { payload.source = sources.take(run); };`,
};

const REQUESTS = 10_000;
const PAYLOAD_BYTES = 1_600;

/** Bytes that the collections of the young heap took over into the old one, in a process of its own. */
function promotedBytes(prepare: string): number {
  const script = `
    const kit = (path) => new URL(path, ${JSON.stringify(new URL('./', import.meta.url).href)}).href;
    let run;
    ${prepare}
    for (let at = 0; at < 100; at++) run(new Array(${PAYLOAD_BYTES / 8}).fill(at));
    console.log('ready');
    for (let at = 0; at < ${REQUESTS}; at++) run(new Array(${PAYLOAD_BYTES / 8}).fill(at));`;
  const output = execFileSync(
    process.execPath,
    // Without the optimizing compilers, which would leave out what nobody uses.
    ['--no-opt', '--no-maglev', '--trace-gc', '--trace-gc-nvp', '--input-type=module', '-e', script],
    { encoding: 'utf8', cwd: fileURLToPath(new URL('.', import.meta.url)) },
  );
  const collections = output
    .slice(output.indexOf('ready'))
    .split('\n')
    .filter((line) => line.includes('gc=s '));
  expect(collections.length).toBeGreaterThan(5);
  return collections.reduce((sum, line) => sum + Number(/ promoted=(\d+)/.exec(line)![1]), 0);
}

test.each(Object.entries(CASES))('%s is not kept', (_name, prepare) => {
  expect(promotedBytes(prepare)).toBeLessThan((REQUESTS * PAYLOAD_BYTES) / 10);
});
