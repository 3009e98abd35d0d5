import { createHash, createHmac } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import * as fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { DJANGO_VERSIONS, djangoPython, startPeer } from '../../tests/python.ts';
import { longSessionJson, sessionJson } from '../../tests/session-data.ts';
import { BadSignature, MalformedRecordError, SignatureExpired, UnserializableValueError } from '../errors.ts';
import { readSessionJson } from './json-read.ts';
import { writeSessionJson } from './json-write.ts';
import { PythonFloat } from './numbers.ts';
import { toSessionData } from './pickle-session.ts';
import { readPickle } from './pickle-read.ts';
import { writePickle } from './pickle-write.ts';
import { PythonObject, PythonTuple } from './python-values.ts';
import { createRecordCodec, MAX_UNPACKED_BYTES } from './record.ts';
import { createSigner, decodeBase62, encodeBase62 } from './signing.ts';

const SECRET = 'django-insecure-codec-test';
const OLD_SECRET = 'an-older-secret';
const SALT = 'django.contrib.sessions.SessionStore';
const signer = createSigner({ secretKey: SECRET, secretKeyFallbacks: [OLD_SECRET], salt: SALT });
const codec = createRecordCodec(signer);
/** A thousand a property and Django, in batches: each batch is one line to the peer. */
const BATCH = 125;
const RUNS = 8;

test('signs short and long texts, whatever is in them, with the same HMAC', () => {
  const key = createHash('sha256').update(`${SALT}signer`).update(SECRET).digest();
  for (const length of [0, 1, 1_000, 5_430, 5_439, 5_440, 5_441, 16_384, 100_000])
    for (const letter of ['a', 'é', '語', '\ud83d']) {
      const text = letter.repeat(length);
      const timed = `${text}:1uRabc`;
      const mac = createHmac('sha256', key).update(timed).digest('base64url');
      expect(signer.unsign(`${timed}:${mac}`).text).toBe(text);
      expect(() => signer.unsign(`${timed}:${mac.slice(1)}`)).toThrow(BadSignature);
    }
});

test('packs what is long enough', () => {
  const encoded = (length: number) => codec.encode(new Map([['text', 'x'.repeat(length)]]));
  expect(encoded(300).startsWith('.')).toBe(false);
  expect(encoded(600).startsWith('.')).toBe(true);
  for (const length of [300, 600]) expect(codec.decode(encoded(length)).get('text')).toBe('x'.repeat(length));
});

const b64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
const unb64 = (text: string) => Buffer.from(text, 'base64');

for (const version of DJANGO_VERSIONS) {
  const python = djangoPython(version);
  describe.skipIf(python === undefined)(`with Django ${version}`, () => {
    const peer = python === undefined ? undefined! : startPeer(python, 'codec_peer.py', [SECRET, OLD_SECRET]);
    afterAll(() => peer?.close());

    const batches = (json: fc.Arbitrary<string>, size = BATCH) => fc.array(json, { minLength: size, maxLength: size });

    test('reads what Django wrote and writes what Django reads, equal to the byte', async () => {
      await fc.assert(
        fc.asyncProperty(batches(sessionJson), async (texts) => {
          const written = await peer.ask<{ record: string; json: string }>(
            texts.map((json) => ({ command: 'encode', json })),
          );
          const records = written.map(({ record, json }) => {
            const data = codec.decode(record);
            expect(writeSessionJson(data)).toBe(json);
            const ours = codec.encode(data);
            // An unpacked payload is the same text; only the time and with it the signature may differ.
            if (!record.startsWith('.') && !ours.startsWith('.')) expect(ours.split(':')[0]).toBe(record.split(':')[0]);
            return ours;
          });
          const read = await peer.ask<{ json: string }>(records.map((record) => ({ command: 'decode', record })));
          read.forEach(({ json }, index) => expect(json).toBe(written[index]!.json));
        }),
        { numRuns: RUNS, endOnFailure: true },
      );
    });

    test('carries up to 100 KB', async () => {
      await fc.assert(
        fc.asyncProperty(batches(longSessionJson, 10), async (texts) => {
          const written = await peer.ask<{ record: string; json: string }>(
            texts.map((json) => ({ command: 'encode', json })),
          );
          const ours = written.map(({ record }) => codec.encode(codec.decode(record)));
          const read = await peer.ask<{ json: string }>(ours.map((record) => ({ command: 'decode', record })));
          read.forEach(({ json }, index) => expect(json).toBe(written[index]!.json));
        }),
        { numRuns: 4, endOnFailure: true },
      );
    });

    test('reads every pickle protocol and writes pickles that Python reads as the same types', async () => {
      await fc.assert(
        fc.asyncProperty(batches(sessionJson), fc.constantFrom(0, 1, 2, 3, 4, 5), async (texts, protocol) => {
          const written = await peer.ask<{ pickle: string }>(
            texts.map((json) => ({ command: 'to_pickle', json, protocol })),
          );
          const ours = written.map(({ pickle }, index) => {
            const data = toSessionData(readPickle(unb64(pickle)))!;
            expect(writeSessionJson(data)).toBe(writeSessionJson(readSessionJson(Buffer.from(texts[index]!))));
            return b64(writePickle(data));
          });
          const read = await peer.ask<{ json: string }>(ours.map((pickle) => ({ command: 'from_pickle', pickle })));
          const plain = await peer.ask<{ json: string }>(texts.map((json) => ({ command: 'encode', json })));
          read.forEach(({ json }, index) => expect(json).toBe(plain[index]!.json));
        }),
        { numRuns: RUNS, endOnFailure: true },
      );
    });

    test.each([
      "{'t': (1, 2.0, 'x', (), (1,), (1, 2))}",
      "{'d': datetime.datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=datetime.timezone.utc)}",
      "{'d': decimal.Decimal('1.10'), 'u': uuid.UUID(int=5), 'b': b'abc' * 100}",
      "{'s': {1, 2}, 'f': frozenset(['a']), 'o': collections.OrderedDict(a=1), 'c': 2 + 3j}",
      "{'k': {1: 'int', 2.5: 'float', None: 'none', (1, 2): 'tuple', True: 1}}",
      "(lambda shared: {'a': shared, 'b': shared, 'deep': [[[[shared]]]]})([1.0])",
      "{'big': -2**2000, 'also': 2**64, 'edge': [2**31, -2**31, 2**31 - 1, 255, 256, -1, -128, -129, 2**63]}",
      "collections.defaultdict(list, {'a': [1]})",
    ])('carries %s through, as it is', async (expression) => {
      for (const protocol of [2, 4, 5]) {
        const [written] = await peer.ask<{ pickle: string; types: unknown }>([
          { command: 'eval_pickle', expression, protocol },
        ]);
        const value = readPickle(unb64(written!.pickle));
        const ours = value instanceof PythonObject ? new Map([['value', value]]) : toSessionData(value)!;
        const [read] = await peer.ask<{ types: { dict: unknown[][] } }>([
          { command: 'from_pickle', pickle: b64(writePickle(ours)) },
        ]);
        expect(value instanceof PythonObject ? read!.types.dict[0]![1] : read!.types).toEqual(written!.types);
      }
    });

    test('signs what Django verifies as a cookie, with a fallback key too', async () => {
      const salt = 'django.contrib.sessions.backends.signed_cookies';
      const old = createRecordCodec(createSigner({ secretKey: OLD_SECRET, salt }));
      const now = createRecordCodec(createSigner({ secretKey: SECRET, salt }));
      const data = new Map<string, unknown>([['a', 'ü'.repeat(40)]]);
      const answers = await peer.ask<{ json: string; modified: boolean }>(
        [old, now].map((codec) => ({ command: 'load_cookie', cookie: codec.encode(data) })),
      );
      for (const answer of answers) expect(answer).toEqual({ json: writeSessionJson(data), modified: false });
    });

    test.each<[string, Buffer, boolean]>([
      ['no JSON', Buffer.from('{"a":'), false],
      ['a control character', Buffer.from('{"a":"\n"}'), false],
      ['a trailing comma', Buffer.from('{"a":1,}'), false],
      ['a leading zero', Buffer.from('{"a":01}'), false],
      ['an integer of 4,301 digits', Buffer.from(`{"a":${'9'.repeat(4301)}}`), false],
      ['lists nested 5,000 deep', Buffer.from(`{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`), true],
      ['objects nested 5,000 deep', Buffer.from(`{"a":${'{"b":'.repeat(5000)}1${'}'.repeat(5000)}}`), true],
    ])('reads %s as Django: as an empty session', async (_name, payload, compress) => {
      const [{ record } = { record: '' }] = await peer.ask<{ record: string }>([
        { command: 'dump_raw', payload: b64(payload), compress },
      ]);
      const [read] = await peer.ask<{ json: string }>([{ command: 'decode', record }]);
      expect(read!.json).toBe('{}');
      expect(() => codec.decode(record)).toThrow(MalformedRecordError);
    });

    test('reads raw Latin-1, white space and repeated keys as Django', async () => {
      const payload = Buffer.from(
        ' {"caf\u00e9" : "\u00ff\u0080", "a":1,\t"a": 2.50 ,"n":-0,"e":1E3,"f":-0.0}\n',
        'latin1',
      );
      const [{ record } = { record: '' }] = await peer.ask<{ record: string }>([
        { command: 'dump_raw', payload: b64(payload), compress: false },
      ]);
      const [read] = await peer.ask<{ json: string }>([{ command: 'decode', record }]);
      expect(writeSessionJson(codec.decode(record))).toBe(read!.json);
    });
  });
}

test('base 62 goes there and back', () => {
  fc.assert(fc.property(fc.maxSafeInteger().map(Math.abs), (value) => decodeBase62(encodeBase62(value)) === value));
  expect(decodeBase62('a!')).toBeUndefined();
});

test('refuses tampered, truncated, foreign-salt and wrong-secret records', () => {
  const record = codec.encode(new Map([['user', 'ann']]));
  const changed = (record[0] === 'e' ? 'f' : 'e') + record.slice(1);
  const others = [
    changed,
    record.slice(0, -1),
    record.slice(0, 10),
    '',
    ':',
    '::',
    createRecordCodec(createSigner({ secretKey: SECRET, salt: 'other' })).encode(new Map()),
    createRecordCodec(createSigner({ secretKey: 'other', salt: SALT })).encode(new Map()),
  ];
  for (const other of others) expect(() => codec.decode(other)).toThrow(BadSignature);
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(() => codec.decode(text)).toThrow(BadSignature);
    }),
  );
});

test('recognizes a signature that is too old', () => {
  const record = codec.encode(new Map(), 1_000_000);
  expect(codec.decode(record, 10, 1_010_000)).toEqual(new Map());
  expect(() => codec.decode(record, 10, 1_010_001)).toThrow(SignatureExpired);
});

test('a zip bomb holds no session, and is not unpacked to its end', () => {
  const bomb = deflateSync(Buffer.alloc(MAX_UNPACKED_BYTES + 1, ' '));
  const record = signer.sign(`.${bomb.toString('base64url')}`);
  expect(record.length).toBeLessThan(200_000);
  expect(() => codec.decode(record)).toThrow(MalformedRecordError);
});

test('no bytes make the pickle reader do more than throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        readPickle(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedRecordError);
      }
    }),
    { numRuns: 3_000 },
  );
});

test.each([
  ['os.system', "cos\nsystem\n(S'true'\ntR."],
  ['a length of 2^63', '\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\x7f.'],
  ['a reference to nothing', '\x80\x04h\x05.'],
  ['a persistent object', 'Pabc\n.'],
  ['an end without a value', '.'],
])('a pickle with %s is no session', (_name, bytes) => {
  let value: unknown;
  try {
    value = readPickle(Buffer.from(bytes, 'latin1'));
  } catch (error) {
    expect(error).toBeInstanceOf(MalformedRecordError);
  }
  expect(toSessionData(value)).toBeUndefined();
});

test('a pickle bomb of shared lists is read and written in bounded time', () => {
  // Sixty levels of ten references each to the level before: 10^60 leaves where they are walked.
  let bomb: unknown[] = [1];
  for (let level = 0; level < 60; level++) bomb = Array.from({ length: 10 }, () => bomb);
  const data = new Map<string, unknown>([['bomb', bomb]]);
  const written = writePickle(data);
  expect(written.length).toBeLessThan(5_000);
  expect(toSessionData(readPickle(written))?.size).toBe(1);
});

test.each<[string, unknown, string]>([
  ['a Date', { at: new Date(0) }, 'k.at: Date'],
  ['undefined', [1, undefined], 'k[1]: undefined'],
  ['a function', { f: () => 1 }, 'k.f: function'],
  [
    'a class instance',
    new (class Cart {
      items = 1;
    })(),
    'k: Cart',
  ],
  ['a Map', { 'odd key': new Map() }, 'k["odd key"]: Map'],
  ['a symbol key', { [Symbol('s')]: 1 }, 'k: an object with a symbol as key'],
  ['an integer of 4,301 digits', 10n ** 4300n, 'k: bigint'],
  ['nesting', JSON.parse('['.repeat(950) + ']'.repeat(950)), 'nesting'],
])('refuses %s by key and type', (_name, value, message) => {
  expect(() => writeSessionJson(new Map([['k', value]]))).toThrow(UnserializableValueError);
  expect(() => writeSessionJson(new Map([['k', value]]))).toThrow(message);
});

test('refuses a cycle', () => {
  const cycle: Record<string, unknown> = {};
  cycle['self'] = cycle;
  expect(() => writeSessionJson(new Map([['k', cycle]]))).toThrow('k.self: a cycle');
});

test('floats stay floats while they stand where they stood', () => {
  const data = readSessionJson(Buffer.from('{"a":1.0,"b":[2.0,{"c":3.0}],"d":1}'));
  data.set('d', 2);
  (data.get('b') as number[])[0] = 5;
  expect(writeSessionJson(data)).toBe('{"a":1.0,"b":[5,{"c":3.0}],"d":2}');
  data.set('e', new PythonFloat(4));
  data.set('f', new PythonTuple([1]));
  expect(writeSessionJson(data)).toBe('{"a":1.0,"b":[5,{"c":3.0}],"d":2,"e":4.0,"f":[1]}');
});
