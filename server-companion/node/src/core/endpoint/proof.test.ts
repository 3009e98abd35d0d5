import { createSecretKey } from 'node:crypto';
import { expect, test } from 'vitest';
import { readFixtures } from '../../../../../protocol/fixture-notation.cases.ts';
import { createIdentity } from '../identity.ts';
import { keyIdOf, keyOf, type PairedKeys } from './paired-keys.ts';
import { companionProof, createProofs, createUsedCounts, panelMac, parseProof } from './proof.ts';

interface ProofFixtures {
  token: string;
  key: string;
  id: string;
  companion: { name: string; challenge: string; nonce: string; app: string; proof: string }[];
  panel: { name: string; nonce: string; count: number; call: string; origin: string; body: string; header: string }[];
}

const { token, key, id, companion, panel } = readFixtures<ProofFixtures>('proof');

test('the key of a token, and its name, are those of the fixtures', () => {
  expect(keyOf(token).toString('hex')).toBe(key);
  expect(keyIdOf(keyOf(token))).toBe(id);
});

test.each(companion)('proves itself as the fixtures say: $name', ({ challenge, nonce, app, proof }) => {
  expect(companionProof(keyOf(token), challenge, nonce, app)).toBe(proof);
});

test.each(panel)("takes a panel's proof as the fixtures say: $name", ({ nonce, count, call, origin, body, header }) => {
  const proof = parseProof(header)!;
  expect(proof).toMatchObject({ keyId: id, nonce, count });
  expect(panelMac(keyOf(token), proof, call, origin, Buffer.from(body))).toBe(proof.mac);
});

const HOUR = 3_600_000;
const identityOf = (secret: string) =>
  createIdentity({ app: 'a', project: 'p', root: '/', directory: '/', key: createSecretKey(Buffer.from(secret)) });
const keys = { find: (given: string) => (given === id ? keyOf(token) : undefined) } as unknown as PairedKeys;

/** One process of a project. */
function start(clock: { now: number }, secret = 'k'.repeat(32)) {
  const proofs = createProofs({ identity: identityOf(secret), keys, now: () => clock.now });
  const check = (nonce: string, count: number) => {
    const body = Buffer.from('{}');
    const mac = panelMac(keyOf(token), { nonce, count }, 'events', 'o', body);
    const proof = { keyId: id, nonce, count, mac };
    return (proofs.precheck(proof, 'o') ?? proofs.check(proof, 'events', 'o', body))?.code ?? 'valid';
  };
  return { proofs, check };
}

test('a nonce is good for twelve hours, in every process of the project and in no other', () => {
  const clock = { now: 1_700_000_000_000 };
  const nonce = start(clock).proofs.newNonce();
  expect(start(clock).check(nonce, 1)).toBe('valid');
  expect(start(clock, 'l'.repeat(32)).check(nonce, 1)).toBe('stale-proof');
  clock.now += 12 * HOUR;
  expect(start(clock).check(nonce, 1)).toBe('valid');
  clock.now += 1;
  expect(start(clock).check(nonce, 1)).toBe('stale-proof');
  // A clock that was set back by more than a nonce's life.
  clock.now -= 25 * HOUR;
  expect(start(clock).check(nonce, 1)).toBe('stale-proof');
});

test('counts far below the highest are refused, used or not: what is remembered is bounded', () => {
  const used = createUsedCounts();
  for (let count = 1; count <= 10_000; count += 2) expect(used.take('n', count, 0)).toBe(true);
  expect(used.take('n', 9_998, 0)).toBe(true);
  expect(used.take('n', 9_998, 0)).toBe(false);
  expect(used.take('n', 2, 0)).toBe(false);
});

test('a nonce that had to be forgotten is refused with all that were issued before it', () => {
  const used = createUsedCounts(3);
  for (const [index, nonce] of ['a', 'b', 'c', 'd'].entries()) expect(used.take(nonce, 1, index)).toBe(true);
  expect(used.take('a', 1, 0)).toBe(false);
  expect(used.take('a', 2, 0)).toBe(false);
  expect(used.take('older', 1, -1)).toBe(false);
  expect(used.take('b', 1, 1)).toBe(false);
  expect(used.take('b', 2, 1)).toBe(true);
  expect(used.take('e', 1, 9)).toBe(true);
});
