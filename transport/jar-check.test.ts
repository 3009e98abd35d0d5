import { expect, test } from 'vitest';
import type { JarCookie } from './jar.ts';
import { JarCheck, type JarFate } from './jar-check.ts';
import { readHarEntry } from './seen-response.ts';

const KEPT: JarCookie = {
  name: 'sid',
  value: 'one',
  path: '/',
  domain: 'localhost',
  secure: false,
  httpOnly: true,
  expiresAt: null,
};

interface Case {
  setCookie: string;
  /** What the jar holds when it is asked. */
  jar: JarCookie[];
  /** What it reported to have dropped. */
  dropped?: JarCookie;
  path?: string;
  /** `Sec-Fetch-Site` and `Sec-Fetch-Dest`. */
  site?: string;
  dest?: string;
  /** The page was left before the jar is asked. */
  isLeft?: boolean;
}

/** What the jar says of a response with this Set-Cookie. */
async function fateOf({
  setCookie,
  jar,
  dropped,
  path = '/logout',
  site,
  dest,
  isLeft,
}: Case): Promise<JarFate | undefined> {
  let fate: JarFate | undefined;
  let leave = () => {};
  const check = new JarCheck({
    host: {
      onNavigated(callback) {
        leave = () => callback('http://localhost:3000/next');
        return () => {};
      },
      keptCookies: () => Promise.resolve(jar),
      hasPermission: () => Promise.resolve(true),
      onCookieChanged(callback) {
        if (dropped) callback({ cookie: dropped, removed: true, cause: 'expired_overwrite', at: Date.now() });
        return () => {};
      },
    },
    names: () => ['sid'],
    onFates: (_response, [first]) => {
      fate = first;
    },
    onChange: () => {},
  });
  const response = readHarEntry({
    startedDateTime: new Date(Date.now() - 100),
    time: 1,
    request: {
      method: 'GET',
      url: `http://localhost:3000${path}`,
      headers: [
        { name: 'Host', value: 'localhost:3000' },
        ...(site ? [{ name: 'Sec-Fetch-Site', value: site }] : []),
        ...(dest ? [{ name: 'Sec-Fetch-Dest', value: dest }] : []),
      ],
    },
    response: { status: 200, headers: [{ name: 'Set-Cookie', value: setCookie }], headersSize: 100 },
    _resourceType: 'document',
  });
  if (isLeft) leave();
  await check.see(response!);
  return fate;
}

const GONE = 'Expires=Thu, 01 Jan 1970 00:00:00 GMT';

const SET = 'sid=one; Path=/';
const FRAME = { site: 'cross-site', dest: 'iframe' };

test.each<[string, Case, JarFate['outcome'] | undefined]>([
  ['kept', { setCookie: 'sid=one; Path=/', jar: [KEPT] }, 'kept'],
  [
    'kept beside one of another path',
    { setCookie: 'sid=one; Path=/', jar: [{ ...KEPT, path: '/admin', value: 'x' }, KEPT] },
    'kept',
  ],
  ['not kept', { setCookie: 'sid=one; Path=/', jar: [] }, 'absent'],
  ['another one is there', { setCookie: 'sid=one; Path=/', jar: [{ ...KEPT, value: 'two' }] }, 'other'],
  ['dropped', { setCookie: `sid=; Path=/; ${GONE}`, jar: [] }, 'removed'],
  [
    'dropped by its age, whatever its end',
    { setCookie: 'sid=; Path=/; Max-Age=0; Expires=Fri, 01 Jan 2999 00:00:00 GMT', jar: [] },
    'removed',
  ],
  [
    'dropped, and one of another path stays',
    { setCookie: `sid=; Path=/; ${GONE}`, jar: [{ ...KEPT, path: '/admin' }], dropped: KEPT },
    'removed',
  ],
  [
    'dropped, and set again by a later response',
    { setCookie: `sid=; Path=/; ${GONE}`, jar: [{ ...KEPT, value: 'two' }], dropped: KEPT },
    'removed',
  ],
  [
    'dropped for the path of the request, and another stays',
    { setCookie: `sid=; ${GONE}`, jar: [KEPT], dropped: { ...KEPT, path: '/auth' }, path: '/auth/logout' },
    'removed',
  ],
  ['not dropped', { setCookie: `sid=; Path=/; ${GONE}`, jar: [KEPT] }, 'other'],
  ['a logout that names another path', { setCookie: `sid=; Path=/admin; ${GONE}`, jar: [KEPT] }, 'other'],
  [
    'another cookie was dropped',
    { setCookie: `sid=; Path=/admin; ${GONE}`, jar: [KEPT], dropped: { ...KEPT, path: '/app' } },
    'other',
  ],
  ['in a cross-site frame', { setCookie: SET, jar: [], ...FRAME }, 'absent'],
  [
    'in a cross-site frame whose page was left: its jar is another',
    { setCookie: SET, jar: [], ...FRAME, isLeft: true },
    undefined,
  ],
  [
    'of a frame`s own request, partitioned',
    { setCookie: `${SET}; Secure; Partitioned`, jar: [], site: 'same-origin', dest: 'empty', isLeft: true },
    undefined,
  ],
  ['there anyway', { setCookie: SET, jar: [KEPT], ...FRAME, isLeft: true }, 'kept'],
  ['of a page that was left', { setCookie: SET, jar: [], site: 'same-origin', dest: 'empty', isLeft: true }, 'absent'],
  [
    'of the page that is opened',
    { setCookie: SET, jar: [], site: 'cross-site', dest: 'document', isLeft: true },
    'absent',
  ],
])('%s', async (_what, given, outcome) => {
  expect((await fateOf(given))?.outcome).toBe(outcome);
});
