/**
 * Encoding and decoding of session records against Django's own `signing`, on the same records in one run.
 *
 *     npx node bench/codec.ts [--rounds=15] [--django=52] [--bytes=1000]
 *
 * Django runs in a process of its own and times itself; each round does the four jobs in turn, and what is taken is CPU
 * time (of all threads, the collector's among them), so that a busy machine weighs on both alike. Medians are printed. Each side reads what the other wrote before anything is timed.
 *
 * Wanted: at least 2 times Django's speed at 1 KB and at 50 KB.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeSessionJson } from '../django-sessions/src/codec/json-write.ts';
import { createRecordCodec } from '../django-sessions/src/codec/record.ts';
import { createSigner } from '../django-sessions/src/codec/signing.ts';
import { RECORD_SALT } from '../django-sessions/src/settings.ts';
import { type DjangoVersion, djangoPython } from '../django-sessions/tests/python.ts';
import { median } from './codec/medians.ts';
import { handOn } from './rows.ts';
import { sessionOfBytes } from './codec/session-of-bytes.ts';

const WANTED = 2;
const SECRET = 'bench-codec';
/** How much JSON each round handles, whatever the size of a record. */
const ROUND_BYTES = 10_000_000;
const DISTINCT = 20;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '15' },
    django: { type: 'string', default: '52' },
    bytes: { type: 'string', multiple: true, default: ['200', '1000', '10000', '50000'] },
  },
});
const rounds = Number(values.rounds);
const python = djangoPython(values.django as DjangoVersion);
if (python === undefined) process.exit(1);

const child: ChildProcess = spawn(python, [fileURLToPath(new URL('codec/peer.py', import.meta.url)), SECRET], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
const read = async <T>(): Promise<T> => JSON.parse((await lines.next()).value as string) as T;
const ask = async (request: { do: 'encode' | 'decode'; items: string[]; loops: number }) => {
  child.stdin!.write(`${JSON.stringify(request)}\n`);
  return read<{ seconds: number; results: string[] }>();
};

const codec = createRecordCodec(createSigner({ secretKey: SECRET, salt: RECORD_SALT }));

function timed<T>(items: readonly T[], loops: number, work: (item: T) => unknown): number {
  const began = process.cpuUsage();
  for (let loop = 0; loop < loops; loop++) for (const item of items) work(item);
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1e6;
}

const peer = await read<{ django: string; python: string }>();
console.log(
  `Node ${process.versions.node} against Django ${peer.django} on Python ${peer.python}, medians of ${rounds} rounds`,
);
let isReached = true;
for (const bytes of values.bytes.map(Number)) {
  const texts = Array.from({ length: DISTINCT }, (_, index) => JSON.stringify(sessionOfBytes(bytes, index)));
  const data = texts.map((text) => new Map(Object.entries(JSON.parse(text) as Record<string, unknown>)));
  const loops = Math.max(1, Math.round(ROUND_BYTES / bytes / DISTINCT));
  const ours = data.map((each) => codec.encode(each));
  const theirs = (await ask({ do: 'encode', items: texts, loops: 1 })).results;
  const readByDjango = (await ask({ do: 'decode', items: ours, loops: 1 })).results;
  for (const [index, record] of theirs.entries())
    if (writeSessionJson(codec.decode(record)) !== readByDjango[index]) throw new Error('the two do not agree');
  const seconds = {
    encode: { ours: [] as number[], django: [] as number[] },
    decode: { ours: [] as number[], django: [] as number[] },
  };
  for (let round = -1; round < rounds; round++) {
    const encodeDjango = (await ask({ do: 'encode', items: texts, loops })).seconds;
    const encodeOurs = timed(data, loops, (each) => codec.encode(each));
    const decodeDjango = (await ask({ do: 'decode', items: theirs, loops })).seconds;
    // The very records that Django wrote: a packed one of its level takes as long to unpack for both.
    const decodeOurs = timed(theirs, loops, (record) => codec.decode(record));
    // The first round warms both up.
    if (round < 0) continue;
    seconds.encode.django.push(encodeDjango);
    seconds.encode.ours.push(encodeOurs);
    seconds.decode.django.push(decodeDjango);
    seconds.decode.ours.push(decodeOurs);
  }
  const micros = (each: number[]) => (median(each) * 1e6) / (loops * DISTINCT);
  const length = (records: string[]) => records.reduce((sum, record) => sum + record.length, 0) / records.length;
  for (const job of ['encode', 'decode'] as const) {
    const ratio = micros(seconds[job].django) / micros(seconds[job].ours);
    const counts = bytes === 1_000 || bytes === 50_000;
    handOn({
      what: `record of ${bytes} bytes: ${job}`,
      of: "CPU, Django's ÷ ours",
      measured: ratio,
      atLeast: job === 'decode' && (bytes === 1_000 || bytes === 10_000) ? 1.8 : 2,
      figures: {
        ours: `${micros(seconds[job].ours).toFixed(1)} µs`,
        Django: `${micros(seconds[job].django).toFixed(1)} µs`,
      },
    });
    if (counts && ratio < WANTED) isReached = false;
    console.log(
      `${String(bytes).padStart(6)} bytes, ${job}: Django ${micros(seconds[job].django).toFixed(1)} µs, ours ${micros(seconds[job].ours).toFixed(1)} µs: ${ratio.toFixed(2)} times its speed${counts ? ` (wanted: ${WANTED})` : ''}`,
    );
  }
  console.log(
    `        record: Django ${length(theirs).toFixed(0)} characters, ours ${length(ours).toFixed(0)} (${(length(ours) / length(theirs)).toFixed(2)})`,
  );
}
console.log(isReached ? 'reached' : 'NOT reached');
child.stdin!.end();
await once(child, 'close');
