import { expect, test } from 'vitest';
import { readFixtures } from '../protocol/fixture-notation.cases.ts';
import type { CallName } from '../protocol/index.ts';
import { isCompanionProof, newChallenge, pairedKeyOf, panelProof } from './pairing-proof.ts';

interface Proof {
  token: string;
  id: string;
  companion: { name: string; challenge: string; nonce: string; app: string; proof: string }[];
  panel: { name: string; nonce: string; count: number; call: CallName; origin: string; body: string; header: string }[];
}

const proof = readFixtures<Proof>('proof');

test('a key is named by its hash', async () => {
  expect((await pairedKeyOf(proof.token)).id).toBe(proof.id);
});

test.each(proof.companion)("a companion's proof is accepted, and nothing else: $name", async (one) => {
  const key = await pairedKeyOf(proof.token);
  expect(await isCompanionProof(key, one)).toBe(true);
  const other = `${one.proof.slice(0, -1)}${one.proof.endsWith('0') ? '1' : '0'}`;
  for (const change of [
    { proof: other },
    { proof: '' },
    { proof: one.proof.slice(2) },
    { challenge: newChallenge() },
    { nonce: `${one.nonce}x` },
    { app: `${one.app}x` },
  ])
    expect(await isCompanionProof(key, { ...one, ...change })).toBe(false);
  expect(await isCompanionProof(await pairedKeyOf(`${proof.token.slice(1)}x`), one)).toBe(false);
});

test.each(proof.panel)("a panel's header: $name", async ({ header, ...one }) => {
  expect(await panelProof(await pairedKeyOf(proof.token), one)).toBe(header);
});

test('challenges are random and fit the wire', () => {
  const all = new Set(Array.from({ length: 100 }, newChallenge));
  expect(all.size).toBe(100);
  for (const challenge of all) expect(challenge).toMatch(/^[0-9a-f]{32}$/);
});
