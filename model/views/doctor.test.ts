import { describe, expect, test } from 'vitest';
import { SNIPPETS } from '../../protocol/snippets.ts';
import { type Connection, isConnected, UNKNOWN_CONNECTION } from './connection.ts';
import { doctor } from './doctor.ts';

/** Everything well, to the last step. */
const WELL: Connection = {
  pageOrigin: 'http://localhost:3000',
  responses: 3,
  header: 'found',
  permission: 'granted',
  hello: 'ok',
  helloOrigin: 'http://localhost:3000',
  listener: 'ok',
  stream: 'live',
  paired: false,
  companion: { project: 'shop', runtime: 'node 24.0.0', libraries: ['express-session 1.19.0'], app: 'abcdefgh' },
};

test('a proxy that removes the header is said so', () => {
  const { steps } = doctor({ ...WELL, headerRemoved: 2 });
  expect(steps.find(({ id }) => id === 'header')?.text).toMatch(/a proxy removes the Sessionscope header: 2 requests/);
});

test('a server that is silent is not simply live', () => {
  const { steps } = doctor({ ...WELL, isSilent: true });
  expect(steps.find(({ id }) => id === 'stream')?.text).toMatch(/breakpoint/);
  expect(isConnected({ ...WELL, isSilent: true })).toBe(true);
});

const inShort = (connection: Connection) =>
  Object.fromEntries(doctor(connection).steps.map(({ id, status }) => [id, status]));

test('all is well: every step says what it found', () => {
  const view = doctor(WELL);
  expect(view.steps.map(({ status }) => status)).toEqual(Array.from({ length: 6 }, () => 'ok'));
  expect(view.lead).toBe('Listening on localhost:3000.');
  expect(view.fix).toEqual(['Click in the page: its next request appears here.']);
  expect(view.steps.find(({ id }) => id === 'hello')?.text).toBe('shop, express-session 1.19.0, node 24.0.0');
});

interface Case {
  change: Partial<Connection>;
  step: string;
  lead: string;
  /** Words of the step or of its fix. */
  says: RegExp;
  also?: Partial<ReturnType<typeof doctor>>;
}

const CASES: Record<string, Case> = {
  'no page of http': {
    change: { pageOrigin: undefined, responses: 0 },
    step: 'page',
    lead: 'Open a page of your app in this tab.',
    says: /this one has none/,
  },
  'an error page of the browser': {
    change: { pageOrigin: undefined, responses: 0, isErrorPage: true },
    step: 'page',
    lead: 'The page could not be loaded.',
    says: /certificate/,
  },
  'a server that is down, and was never connected': {
    change: { responses: 0, hello: 'failed', helloFault: 'no connection', header: 'none-yet' },
    step: 'page',
    lead: 'The dev server does not answer.',
    says: /Nothing answers at localhost:3000/,
  },
  'site access is not granted': {
    change: { permission: 'missing' },
    step: 'permission',
    lead: 'Sessionscope needs access to localhost:3000.',
    says: /on click/,
    also: { asksPermission: true },
  },
  'a host that the companion refuses gets no header': {
    change: { header: 'missing', responses: 1, hello: 'refused', helloFault: 'Add it to options.allowedHosts.' },
    step: 'hello',
    lead: 'The companion refused this panel.',
    says: /options\.allowedHosts/,
  },
  'no header': {
    change: { header: 'missing', responses: 1 },
    step: 'header',
    lead: 'One line is missing in your app.',
    says: /1 response of localhost:3000 came without.*NODE_ENV is production/s,
    also: { showsSnippets: true },
  },
  'no header, and a cookie betrays the library': {
    change: {
      header: 'missing',
      responses: 1,
      clues: { poweredBy: ['Express'], servers: [], setCookies: ['session', 'session.sig'], sentCookies: [] },
    },
    step: 'header',
    lead: 'One line is missing in your app.',
    says: /came without/,
    also: {
      showsSnippets: true,
      inferred: {
        snippet: SNIPPETS.find(({ id }) => id === 'cookie-session')!,
        because: 'Express, cookie-session, inferred from the cookie session.sig.',
      },
    },
  },
  'no header, and a cookie betrays a library that has no companion': {
    change: {
      header: 'missing',
      responses: 1,
      clues: { poweredBy: [], servers: [], setCookies: [], sentCookies: ['authjs.session-token'] },
    },
    step: 'header',
    lead: 'No companion answers here.',
    says: /came without/,
    also: { showsSnippets: true },
  },
  'a header that no companion writes': {
    change: { header: 'refused', headerFault: 'path is not a plain absolute path' },
    step: 'header',
    lead: 'The page sent a Sessionscope header that is not to be trusted.',
    says: /path is not a plain absolute path.*No request was made/s,
  },
  'a header of another version': {
    change: { header: 'other-version', headerFault: 'protocol version 2' },
    step: 'header',
    lead: 'The companion and this panel speak different versions.',
    says: /protocol version 2.*Update the one that is older/s,
  },
  'the companion does not answer': {
    change: { hello: 'failed', helloFault: 'no connection' },
    step: 'hello',
    lead: 'The companion named by the page does not answer.',
    says: /localhost:3000 did not answer: no connection.*still running/s,
  },
  'the companion refuses': {
    change: { hello: 'refused', helloFault: 'The Origin is not an extension that this companion knows.' },
    step: 'hello',
    lead: 'The companion refused this panel.',
    says: /The Origin is not.*allowedExtensions/s,
  },
  'the companion speaks another version': {
    change: { hello: 'other-version', helloFault: 'This companion speaks version 2.' },
    step: 'hello',
    lead: 'The companion and this panel speak different versions.',
    says: /version 2/,
  },
  'another app answers': {
    change: { hello: 'other-app' },
    step: 'hello',
    lead: 'Another companion answers than the one that the page names.',
    says: /Nothing was sent to it/,
  },
  'the direct listener can not be reached': {
    change: {
      listener: 'unreachable',
      listenerFault: 'http://127.0.0.1:5 does not answer for this app',
      stream: 'untried',
    },
    step: 'listener',
    lead: 'The companion runs on another machine or in a container.',
    says: /127\.0\.0\.1:5 does not answer.*Pair this panel/s,
  },
  'the stream is refused': {
    change: { stream: 'refused', streamFault: 'No cookie that this app signed was sent.' },
    step: 'stream',
    lead: 'The companion shows nothing to this panel yet.',
    says: /No cookie that this app signed.*Load a page/s,
  },
  'the stream is broken': {
    change: { stream: 'broken', streamFault: 'the server ended the stream' },
    step: 'stream',
    lead: 'The connection to the dev server was lost.',
    says: /the server ended the stream.*What was recorded is kept/s,
  },
};

describe('the step that failed, why, and what to do', () => {
  test.each(Object.entries(CASES))('%s', (_name, { change, step, lead, says, also = {} }) => {
    const view = doctor({ ...WELL, ...change });
    const at = view.steps.findIndex(({ status }) => status === 'failed');
    expect(view.steps[at]?.id).toBe(step);
    expect(view.steps.slice(0, at).every(({ status }) => status === 'ok')).toBe(true);
    // Never more than one is to be looked at; what comes after was not tried.
    expect(view.steps.slice(at + 1).every(({ status, text }) => status === 'untried' && text === 'not tried')).toBe(
      true,
    );
    expect(view.lead).toBe(lead);
    expect([view.steps[at]!.text, ...view.fix].join('\n')).toMatch(says);
    expect(view.fix.every((line) => line !== '')).toBe(true);
    expect(view).toMatchObject({ showsSnippets: false, asksPermission: false, ...also });
  });
});

test('nothing known yet: it waits, and says for what', () => {
  expect(doctor({ ...UNKNOWN_CONNECTION, pageOrigin: 'http://localhost:3000' })).toMatchObject({
    lead: 'Waiting for a response of your app.',
    fix: ['Reload the page.'],
  });
  expect(inShort({ ...UNKNOWN_CONNECTION, pageOrigin: 'http://localhost:3000' })).toMatchObject({
    page: 'waiting',
    header: 'untried',
  });
  expect(inShort({ ...WELL, header: 'none-yet' })).toMatchObject({ page: 'ok', header: 'waiting', hello: 'untried' });
});

test('paired, the way through the app is as good as the direct listener', () => {
  const steps = doctor({ ...WELL, listener: 'unreachable', paired: true }).steps;
  expect(steps.find(({ id }) => id === 'listener')).toMatchObject({
    status: 'ok',
    text: 'through the app, with a token',
  });
});

test('polling is a connection, and says why it is not live', () => {
  const view = doctor({ ...WELL, stream: 'polling' });
  expect(view.steps.at(-1)).toMatchObject({ status: 'ok' });
  expect(view.steps.at(-1)?.text).toMatch(/proxy buffers the stream/);
  expect(isConnected({ ...WELL, stream: 'polling' })).toBe(true);
  expect(isConnected({ ...WELL, stream: 'broken' })).toBe(false);
});
