import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createSessions } from './sessions.ts';
import { sessionOf } from './testing.ts';

test("an app's test puts into a session what a request then finds, as Django's client.session", async () => {
  const filePath = mkdtempSync(join(tmpdir(), 'django-sessions-'));
  try {
    const sessions = createSessions<{ username: string }>({ secretKey: 'x', engine: 'file', filePath });
    const { session, cookie } = await sessionOf(sessions);
    expect(cookie).toMatch(/^sessionid=[a-z0-9]{32}$/);
    await session.set('username', 'ann');
    expect(await (await sessionOf(sessions, `other=1; ${cookie}`)).session.get('username')).toBeUndefined();
    await session.save();
    const again = await sessionOf(sessions, `other=1; ${cookie}`);
    expect([again.cookie, await again.session.get('username')]).toEqual([cookie, 'ann']);
    const lost = await sessionOf(sessions, 'sessionid=zzzzzzzzzzzzzzzz');
    expect(lost.cookie).not.toContain('zzzz');
  } finally {
    rmSync(filePath, { recursive: true, force: true });
  }
});
