/**
 * A panel attached to a server under load, in a process of its own: `node panel.ts <server origin> <cookie>…`. Reads
 * the stream of the direct listener as a holder of every session under load, and counts what comes.
 */
import { createParser } from 'eventsource-parser';
import type { EventsAnswer } from '../../protocol/index.ts';

const [origin, ...cookies] = process.argv.slice(2) as [string, ...string[]];
const headers = { 'content-type': 'application/json', origin: `chrome-extension://${'a'.repeat(32)}` };
const hello = (await (
  await fetch(`${origin}/__sessionscope__/v1/hello`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ versions: [1] }),
  })
).json()) as { directListener: { origin: string; path: string } };

const proofs = { cookies: cookies.map((value) => ({ name: 'connect.sid', value })) };
const stream = await fetch(`${hello.directListener.origin}${hello.directListener.path}/v1/events`, {
  method: 'POST',
  headers,
  body: JSON.stringify({ v: 1, proofs, after: null, wait: true }),
});
if (!stream.ok) throw new Error(`the stream was refused: ${stream.status} ${await stream.text()}`);

export interface PanelCount {
  events: number;
  /** Events that gaps reported. */
  lost: number;
  /** Of the app's own code. */
  operations: number;
  /** Those of them that say which line did it; the others are marked as past the budget. */
  withSource: number;
}

const nothing = (): PanelCount => ({ events: 0, lost: 0, operations: 0, withSource: 0 });
let count = nothing();
const parser = createParser({
  onEvent({ data }) {
    for (const event of (JSON.parse(data) as EventsAnswer).events) {
      count.events += 1;
      if (event.type === 'gap-opened') count.lost += event.count;
      if (event.type !== 'operation-recorded' || event.actor !== 'app') continue;
      count.operations += 1;
      if ((event.source?.frames.length ?? 0) > 0) count.withSource += 1;
    }
  },
});
process.on('message', () => {
  process.send!(count);
  count = nothing();
});
process.on('disconnect', () => process.exit());
process.send!('attached');
const decoder = new TextDecoder();
try {
  for await (const chunk of stream.body!) parser.feed(decoder.decode(chunk, { stream: true }));
} catch {
  // The server has gone: the benchmark is over.
}
