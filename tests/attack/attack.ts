/** Attacks one target: every row at both listeners, then mutated requests, then many browsers at once. */
import { EDITOR_ROW, opensForThePaired } from './editor-row.ts';
import type { RawAnswer, RawRequest } from './raw-http.ts';
import { bytesOf } from './raw-http.ts';
import { type Input, ROWS } from './rows.ts';
import { type Browser, type Listener, type Target } from './target.ts';

/** Requests on their way at the same time: as many as a server of wsgiref lets wait. */
const AT_ONCE = 10;

const LISTENERS: readonly Listener[] = ['direct', 'app'];

export interface Failure {
  target: string;
  row: string;
  listener: Listener;
  what: string;
  why: string;
}

export interface RowResult {
  row: string;
  listener: Listener;
  inputs: number;
  /** How many answers had which status. */
  statuses: Record<number, number>;
}

export interface AttackResult {
  rows: RowResult[];
  failures: Failure[];
}

export interface AttackOptions {
  seed: number;
  mutations: number;
  browsers: number;
  report?: (result: RowResult) => void;
}

/** Of a small generator, so that a seed says what was sent. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** An answer of the app itself: the request was none of the endpoint's any more. */
const isOfTheApp = ({ headers, status }: RawAnswer) =>
  status > 0 && status < 500 && !headers.has('cross-origin-resource-policy');

/** What no refusal may have in it. */
function leakIn(answer: RawAnswer, secrets: readonly string[]): string | undefined {
  const found = secrets.find((secret) => answer.raw.includes(secret));
  if (found !== undefined) return `it holds ${found.slice(0, 12)}…`;
  if ([...answer.headers.keys()].some((name) => name.startsWith('access-control-'))) return 'it has a CORS header';
  return answer.headers.has('x-evil') ? 'a header was injected' : undefined;
}

export async function attack(
  target: Target,
  { seed, mutations, browsers, report }: AttackOptions,
): Promise<AttackResult> {
  const failures: Failure[] = [];
  const rows: RowResult[] = [];
  const victim = await target.newBrowser();
  const key = keyIn(victim);
  const wrote = (await target.operations()).find(({ after }) => after === victim.note);
  if (wrote === undefined) throw new Error(`${target.name} did not record what the victim wrote.`);

  const valid =
    (listener: Listener) =>
    (call = 'session', more: object = {}) => {
      const proofs = listener === 'app' ? {} : { cookies: victim.cookies };
      const bodies: Record<string, object> = {
        hello: { versions: [1] },
        pair: { v: 1 },
        session: { v: 1, proofs: { cookies: victim.cookies } },
        events: { v: 1, proofs, after: null, wait: false },
        value: { v: 1, proofs, epoch: target.epoch, seq: wrote.seq, part: 'after', path: [] },
      };
      const isPaired = listener === 'app' && call !== 'hello' && call !== 'pair';
      return target.call(listener, call, { ...bodies[call]!, ...more }, { isPaired });
    };

  async function check(row: string, listener: Listener, inputs: readonly Input[]): Promise<void> {
    const result: RowResult = { row, listener, inputs: inputs.length, statuses: {} };
    const fail = (what: string, why: string) => failures.push({ target: target.name, row, listener, what, why });
    const judge = async ({ what, request, allowed, harmless }: Input): Promise<void> => {
      try {
        const answer = await target.send(listener, request);
        result.statuses[answer.status] = (result.statuses[answer.status] ?? 0) + 1;
        if (harmless?.on.test(target.name) === true && answer.status === 200) return;
        if (!allowed.includes(answer.status) && !isOfTheApp(answer))
          fail(what, `answered ${answer.status}: ${answer.body.slice(0, 160)}`);
        const leak = leakIn(answer, [victim.note, key]);
        if (leak !== undefined) fail(what, leak);
      } catch (error) {
        fail(what, (error as Error).message);
      }
    };
    for (let at = 0; at < inputs.length; at += AT_ONCE) await Promise.all(inputs.slice(at, at + AT_ONCE).map(judge));
    // Nothing of it has hurt: the valid call gives what it gave.
    const answer = await target.send(listener, await valid(listener)());
    if (answer.status !== 200 || !answer.raw.includes(victim.note))
      fail('the valid call afterwards', `answered ${answer.status}: ${answer.body.slice(0, 160)}`);
    if (!target.isAlive()) fail('the process', 'has ended');
    const started = target.editorArguments();
    if (started.length > 0) fail('the editor', `was started with ${started.join(' ')}`);
    rows.push(result);
    report?.(result);
  }

  // What follows changes one thing in these, so each must reach what it is to be kept from.
  for (const listener of LISTENERS)
    for (const call of ['session', 'events', 'value']) {
      const answer = await target.send(listener, await valid(listener)(call));
      if (answer.status !== 200 || !answer.raw.includes(victim.note))
        throw new Error(`${target.name}: the valid ${call} is answered ${answer.status}: ${answer.body.slice(0, 160)}`);
    }

  for (const { name, listeners = LISTENERS, inputs } of [...ROWS, EDITOR_ROW])
    for (const listener of listeners)
      await check(name, listener, await inputs({ target, listener, victim, valid: valid(listener) }));

  // An overheard call, sent once more.
  for (const listener of LISTENERS) {
    const overheard = await target.call(
      listener,
      'events',
      { v: 1, proofs: {}, after: null, wait: false },
      { isPaired: true },
    );
    if ((await target.send(listener, overheard)).status !== 200)
      failures.push({ target: target.name, row: 'replay', listener, what: 'the first time', why: 'it was refused' });
    await check('replay', listener, [{ what: 'the second time', request: overheard, allowed: [403] }]);
  }

  const random = randomOf(seed);
  const attacker = await target.newBrowser();
  const recorded = await target.operations();
  for (const listener of LISTENERS) {
    const inputs: Input[] = [];
    for (let made = 0; made < mutations; made++) {
      const call = pick(random, ['session', 'events', 'value', 'hello']);
      const proofs = { cookies: attacker.cookies, exchanges: [attacker.exchange] };
      const body: Record<string, object> = {
        hello: { versions: [1] },
        session: { v: 1, proofs },
        events: { v: 1, proofs, after: null, wait: false },
        value: { v: 1, proofs, epoch: target.epoch, seq: pick(random, recorded).seq, part: 'after', path: [] },
      };
      const request = await target.call(listener, call, body[call]!);
      const isOpen = call === 'hello' || listener === 'direct';
      inputs.push({
        what: `mutation ${made} of seed ${seed}`,
        request: mutate(request, random),
        allowed: [...(isOpen ? [200] : []), 400, 403, 404, 405, 408, 411, 413, 414, 415, 417, 426, 431, 501, 505, 0],
      });
    }
    await check('mutated requests', listener, inputs);
  }

  // Who is paired may open a file of the project; by that the rows above are known to be able to fail.
  for (const listener of LISTENERS) {
    const before = target.editorArguments().length;
    const isOpened = await opensForThePaired(target, listener);
    const args = target.editorArguments().slice(before).join(' ');
    if (isOpened !== /cart\.js/.test(args) || (!isOpened && target.opensEditor))
      failures.push({
        target: target.name,
        row: EDITOR_ROW.name,
        listener,
        what: 'who is paired',
        why: `${isOpened ? 'was' : 'was not'} answered 200; the editor was started with "${args}"`,
      });
  }

  const crowd = await Promise.all(Array.from({ length: browsers }, () => target.newBrowser()));
  const result: RowResult = { row: 'concurrent canaries', listener: 'direct', inputs: crowd.length, statuses: {} };
  await Promise.all(
    crowd.map(async (browser) => {
      const body = { v: 1, proofs: { cookies: browser.cookies }, after: null, wait: false };
      const answer = await target.send('direct', await target.call('direct', 'events', body));
      result.statuses[answer.status] = (result.statuses[answer.status] ?? 0) + 1;
      const why = !answer.raw.includes(browser.note)
        ? `its own canary is not in the answer (${answer.status})`
        : leakIn(answer, [...crowd.filter((other) => other !== browser).map(({ note }) => note), keyIn(browser)]);
      if (why !== undefined)
        failures.push({ target: target.name, row: result.row, listener: 'direct', what: 'a browser of many', why });
    }),
  );
  rows.push(result);
  report?.(result);
  return { rows, failures };
}

/** The session key in a cookie: what no answer may hold. */
function keyIn({ cookies }: Browser): string {
  const value = decodeURIComponent(cookies[0]!.value).replace(/^s:/, '');
  // A seal of iron begins with its version: all of it is the key.
  return value.startsWith('Fe26.') ? value : value.split(/[.:;]/)[0]!;
}

const pick = <T>(random: () => number, list: readonly T[]): T => list[Math.floor(random() * list.length)]!;

const PIECES = ['\r\n', '\0', ' ', ':', 'Host: evil.test\r\n', 'Origin: http://evil.test\r\n', '%0d%0a', '{', '"', '__proto__',
  '/../', 'Transfer-Encoding: chunked\r\n', 'Content-Length: 5\r\n', '\xff', ';', '@', 'null', '99999999999999999999']; // prettier-ignore

/** Some bytes of a request changed, put in, taken out or said twice. */
function mutate(request: RawRequest, random: () => number): string {
  let bytes = bytesOf(request);
  for (let changes = 1 + Math.floor(random() * 3); changes > 0; changes--) {
    const at = Math.floor(random() * bytes.length);
    const length = 1 + Math.floor(random() * 12);
    const kind = Math.floor(random() * 4);
    if (kind === 0) bytes = bytes.slice(0, at) + String.fromCharCode(Math.floor(random() * 256)) + bytes.slice(at + 1);
    else if (kind === 1) bytes = bytes.slice(0, at) + pick(random, PIECES) + bytes.slice(at);
    else if (kind === 2) bytes = bytes.slice(0, at) + bytes.slice(at + length);
    else bytes = bytes.slice(0, at + length) + bytes.slice(at);
  }
  return bytes;
}
