/** Opens a direct listener, asks it once, and prints what came of it as JSON. */
import { createDirectListener } from '../../server-companion/node/src/core/endpoint/direct-listener.ts';

const listener = createDirectListener('/x', (_request, response) => response.end('opened'));
const { directListener: place, directListenerFault } = await listener.open();
console.log(
  JSON.stringify({
    origin: place?.origin ?? null,
    directListenerFault,
    answer: place === null ? null : await (await fetch(place.origin)).text(),
  }),
);
// No call of process.exit: an open listener keeps no process alive.
