/** Streams whose proofs are invented take nobody's place, as a panel and a program meet it. docs/security.md. */
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { serveGuarded } from '../security/guarded-app.ts';
import { directBaseOf, openStream } from './panel-client.ts';

test('sixteen streams of invented proofs: a browser of the app and a paired panel still get theirs', async () => {
  await using guarded = await serveGuarded();
  const direct = await directBaseOf(guarded.app.origin);
  const invented = () => ({ proofs: { exchanges: [randomBytes(16).toString('hex')] } });
  const strangers = await Promise.all(Array.from({ length: 16 }, () => openStream(direct, invented())));
  await expect(openStream(direct, invented())).rejects.toMatchObject({ status: 429 });
  const browser = await openStream(direct, { proofs: { cookies: [guarded.cookie] } });
  const panel = await openStream(direct, { token: guarded.token });
  expect(JSON.stringify([browser.answers, panel.answers])).toContain(guarded.note);
  // Two of them were ended, whole.
  expect(await Promise.race(strangers.map(({ over }) => over))).toBe('ended');
  for (const { destroy } of [...strangers, browser, panel]) destroy();
});
