/** Opens a direct door, asks it once, and prints what came of it as JSON. */
import { createDoor } from '../../server-companion/src/core/endpoint/door.ts';

const door = createDoor('/x', (_request, response) => response.end('opened'));
const { door: place, doorFault } = await door.open();
console.log(
  JSON.stringify({
    origin: place?.origin ?? null,
    doorFault,
    answer: place === null ? null : await (await fetch(place.origin)).text(),
  }),
);
// No call of process.exit: an open door keeps no process alive.
