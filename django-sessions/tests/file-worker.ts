/**
 * A process among several that share one folder of sessions: saves and reads one session over and over, and reports what
 * it saw. `node file-worker.ts <folder> <key> <name> <rounds>`.
 */
import { createSessions } from '../src/sessions.ts';

const [folder = '', key = '', name = '', rounds = '0'] = process.argv.slice(2);
const sessions = createSessions({ secretKey: 'several-processes', engine: 'file', filePath: folder });
let torn = 0;
let lost = 0;
for (let round = 0; round < Number(rounds); round++) {
  const session = sessions.open(key);
  const text = (await session.get('text')) as string | undefined;
  if (session.sessionKey === null) lost += 1;
  // Long enough that a write which is not atomic would be seen half done; each is one letter, repeated.
  else if (text === undefined || text !== text[0]!.repeat(20_000)) torn += 1;
  await session.set('text', name.repeat(20_000));
  await session.save();
  const own = sessions.open();
  await own.set('made by', name);
  await own.save();
}
console.log(JSON.stringify({ torn, lost }));
