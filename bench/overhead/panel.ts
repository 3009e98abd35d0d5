/**
 * A panel attached to a server under load, in a process of its own: `node panel.ts <server origin> <cookie>…`. Reads
 * the stream of the direct door as a holder of every session under load, and counts what comes.
 */
import { createParser } from 'eventsource-parser';

const [origin, ...cookies] = process.argv.slice(2) as [string, ...string[]];
const headers = { 'content-type': 'application/json', origin: `chrome-extension://${'a'.repeat(32)}` };
const hello = (await (
  await fetch(`${origin}/__sessionscope__/v1/hello`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ versions: [1] }),
  })
).json()) as { door: { origin: string; path: string } };

const proofs = { cookies: cookies.map((value) => ({ name: 'connect.sid', value })) };
const stream = await fetch(`${hello.door.origin}${hello.door.path}/v1/events`, {
  method: 'POST',
  headers,
  body: JSON.stringify({ v: 1, proofs, after: null, wait: true }),
});
if (!stream.ok) throw new Error(`the stream was refused: ${stream.status} ${await stream.text()}`);
let events = 0;
let lost = 0;
const parser = createParser({
  onEvent({ data }) {
    for (const event of (JSON.parse(data) as { events: { type: string; count?: number }[] }).events) {
      events += 1;
      if (event.type === 'gap-opened') lost += event.count ?? 0;
    }
  },
});
process.on('message', () => process.send!({ events, lost }));
process.on('disconnect', () => process.exit());
process.send!('attached');
const decoder = new TextDecoder();
for await (const chunk of stream.body!) parser.feed(decoder.decode(chunk, { stream: true }));
