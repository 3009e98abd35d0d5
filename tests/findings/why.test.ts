/** *Why is this missing, why this value, why this session*: the chain of events back to the cause, or to where it was not seen. */
import { expect, test } from 'vitest';
import { createStage, EXPRESS, line, setCookie, type Stage } from '../../model/findings/rule.cases.ts';
import type { Why } from '../../model/findings/why.ts';
import { whySession } from '../../model/findings/why-session.ts';
import { whyValue } from '../../model/findings/why-value.ts';
import { sentenceText } from '../../model/labels/finding-labels.ts';
import { ALICE, BOB, createRecording } from '../../model/recording/recording.cases.ts';
import type { ExchangeRecord } from '../../model/recording/records.ts';
import { Timeline } from '../../model/recording/timeline.ts';

function played(stage: Stage): Timeline {
  const timeline = new Timeline();
  for (const event of stage.events) timeline.receive(event);
  for (const response of stage.responses) timeline.see(response);
  return timeline;
}

const reported = (why: Why | undefined): string[] =>
  why === undefined
    ? []
    : [
        sentenceText(why.question),
        ...why.links.map(
          ({ exchange, operation, text }) =>
            `#${exchange.number} ${operation?.operation ?? '–'}: ${sentenceText(text)}`,
        ),
        ...(why.open === undefined ? [] : [`… ${sentenceText(why.open)}`]),
      ];

const last = (timeline: Timeline) =>
  timeline.items.findLast((item): item is ExchangeRecord => item.kind === 'exchange')!;

/** Of a key of the last request, at its end. */
function whyKey(stage: Stage, ...path: (string | number)[]): string[] {
  const timeline = played(stage);
  const exchange = last(timeline);
  return reported(whyValue(timeline.items, { exchange, index: exchange.operations.length }, path));
}

function whyRequest(stage: Stage): string[] {
  const timeline = played(stage);
  return reported(whySession(timeline.items, last(timeline)));
}

test('a value that an earlier request had set', () => {
  const stage = createStage();
  const post = stage.start('/items', { method: 'POST' });
  post.load({});
  post.set('cart', { items: 2 }, line('items.ts', 35));
  post.save({ cart: { items: 2 } });
  post.finish();
  stage.start('/cart').load({ cart: { items: 2 } });
  expect(whyKey(stage, 'cart', 'items')).toEqual([
    'Why is cart.items 2?',
    '#2 load: It loaded cart.items as 2 with the record.',
    '#1 save: It had saved cart.items as 2.',
    '#1 set: It set cart: 2.',
  ]);
});

test('a value that a lost update brought back', () => {
  const stage = createStage();
  const first = stage.start('/', { method: 'POST' });
  first.load({});
  first.set('cart', 'tea');
  first.save({ cart: 'tea' });
  first.finish();
  const items = stage.start('/items', { method: 'POST' });
  items.load({ cart: 'tea' });
  const coupon = stage.start('/coupon', { method: 'POST' });
  coupon.load({ cart: 'tea' });
  items.set('cart', 'tea, pot', { before: 'tea' });
  items.save({ cart: 'tea, pot' });
  coupon.set('coupon', 'X');
  coupon.save({ cart: 'tea', coupon: 'X' });
  stage.start('/cart').load({ cart: 'tea', coupon: 'X' });
  expect(whyKey(stage, 'cart')).toEqual([
    'Why is cart "tea"?',
    '#4 load: It loaded cart as "tea" with the record.',
    '#3 save: It had saved cart as "tea".',
    '#2 save: It had saved cart as "tea, pot" meanwhile, which was overwritten.',
    '#2 set: It had written cart.',
    '#3 load: It loaded cart as "tea" with the record.',
    '#1 save: It had saved cart as "tea".',
    '#1 set: It set cart: "tea".',
  ]);
});

test('a key that was deleted, with its line', () => {
  const stage = createStage();
  const get = stage.start('/');
  get.load({ flash: 'hi' });
  get.operation('delete', { path: ['flash'], before: 'hi', hit: true });
  get.save({});
  get.finish();
  stage.start('/again').load({});
  expect(whyKey(stage, 'flash')).toEqual([
    'Why is flash missing?',
    '#2 load: It loaded the session without flash with the record.',
    '#1 save: It had saved the session without flash.',
    '#1 delete: It deleted flash.',
  ]);
});

test('a user who is missing, for the session was ended', () => {
  const stage = createStage();
  const logout = stage.start('/logout', { method: 'POST' });
  logout.load({ user: 1 });
  logout.operation('flush', { from: ALICE, to: null, outcome: 'done' });
  logout.finish({ sessionAfter: null });
  const get = stage.start('/account');
  get.operation('load', { outcome: 'missing' });
  get.operation('create', { session: BOB, state: {} });
  expect(whyKey(stage, 'user')).toEqual([
    'Why is user missing?',
    '#2 create: It began a new, empty session.',
    '#2 load: It brought the cookie of session a11c, and there was no record.',
    '#1 flush: It ended session a11c and deleted the record.',
  ]);
});

test('what was there before the recording stops there, and says so', () => {
  const stage = createStage();
  stage.start('/cart').load({ cart: 1 });
  expect(whyKey(stage, 'cart')).toEqual([
    'Why is cart 1?',
    '#1 load: It loaded cart as 1 with the record.',
    '… Nothing recorded wrote it: it was there before this recording, or another process did.',
  ]);
});

test('over a gap nothing is guessed', () => {
  const stage = createStage();
  const post = stage.start('/items');
  post.load({});
  post.set('cart', 1);
  post.save({ cart: 1 });
  post.finish();
  stage.gap();
  stage.start('/cart').load({ cart: 1 });
  expect(whyKey(stage, 'cart')).toEqual([
    'Why is cart 1?',
    '#2 load: It loaded cart as 1 with the record.',
    '… Events were lost, or the server was restarted, before that: what wrote it is not known.',
  ]);
});

test('another process wrote it in between', () => {
  const stage = createStage();
  const post = stage.start('/items');
  post.load({});
  post.set('cart', 1);
  post.save({ cart: 1 });
  post.finish();
  stage.start('/cart').load({ cart: 2 });
  expect(whyKey(stage, 'cart')).toEqual([
    'Why is cart 2?',
    '#2 load: It loaded cart as 2 with the record.',
    '#1 save: It had saved cart as 1.',
    '… What changed the record after that was not recorded: another process, or somebody by hand.',
  ]);
});

test('a session that came with its cookie, and who had set that', () => {
  const stage = createStage();
  const first = stage.start('/', { session: null });
  first.save({ a: 1 }, { session: ALICE });
  first.finish({ sessionAfter: ALICE, verdict: { cookie: setCookie() } });
  const next = stage.start('/next');
  next.load({ a: 1 });
  next.finish();
  expect(whyRequest(stage)).toEqual([
    'Why does #2 GET /next have session a11c?',
    '#2 load: It brought the cookie of session a11c, and the record was found.',
    '#1 –: It had set that cookie.',
  ]);
});

test('logged out: the key was replaced under a request that was on its way', () => {
  const stage = createStage();
  const login = stage.start('/login', { method: 'POST' });
  login.load({});
  login.operation('cycle-key', { from: ALICE, to: BOB, session: BOB, outcome: 'done', state: {} });
  login.finish({ sessionAfter: BOB });
  const poll = stage.start('/poll');
  poll.operation('load', { outcome: 'missing' });
  poll.finish({ sessionAfter: null });
  expect(whyRequest(stage)).toEqual([
    'Why did #2 GET /poll end without a session?',
    '#2 load: It brought the cookie of session a11c, and there was no record.',
    '#1 cycle-key: It replaced the key a11c by b0b0: the old one names nothing any more.',
  ]);
});

test('logged out: a logout had told the browser to drop the cookie', () => {
  const stage = createStage();
  const client = '0123456789ab';
  const logout = stage.start('/logout', { method: 'POST', client });
  logout.load({ user: 1 });
  logout.operation('flush', { from: ALICE, to: null, outcome: 'done' });
  logout.finish({ sessionAfter: null, verdict: { cookie: { ...setCookie(), outcome: 'expired' as never } } });
  const get = stage.start('/account', { session: null, client });
  get.operation('create', { session: BOB, state: {} });
  get.finish({ sessionBefore: null, sessionAfter: null });
  expect(whyRequest(stage)).toEqual([
    'Why has #2 GET /account no session?',
    '#2 create: It began a new, empty session.',
    '#2 –: It brought no sid.',
    '#1 –: It told the browser to drop the cookie.',
    '#1 flush: It ended session a11c.',
  ]);
});

test('another session: the cookie was not set', () => {
  const stage = createStage();
  const client = '0123456789ab';
  const first = stage.start('/', { session: null, client });
  first.save({ a: 1 }, { session: ALICE });
  first.finish({
    sessionAfter: ALICE,
    verdict: { cookie: { outcome: 'not-set', due: true, reason: 'secure-over-http', text: 'The cookie is Secure.' } },
  });
  const next = stage.start('/', { session: null, client });
  next.operation('create', { session: BOB, state: {} });
  next.save({ a: 1 }, { session: BOB });
  next.finish({ sessionBefore: null, sessionAfter: BOB });
  expect(whyRequest(stage)).toEqual([
    'Why did #2 GET / get session b0b0?',
    '#2 create: It began a new, empty session.',
    '#2 –: It brought no sid.',
    '#1 –: It had a new session and set no cookie: The cookie is Secure.',
  ]);
});

test('another session: the cookie had expired, or belongs to another path', () => {
  const chain = (path: string, attributes: object) => {
    const stage = createStage();
    const client = '0123456789ab';
    const first = stage.start('/app', { session: null, client });
    const { at } = first.save({ a: 1 }, { session: ALICE });
    first.finish({
      sessionAfter: ALICE,
      expiry: { cookieAt: at + 60_000 },
      verdict: { cookie: setCookie(attributes) },
    });
    stage.wait(120_000);
    stage.start(path, { session: null, client }).finish({ sessionBefore: null, sessionAfter: null });
    return whyRequest(stage).slice(2);
  };
  expect(chain('/app', {})).toEqual(['#1 –: It set the cookie for 1 min: that time was over.']);
  expect(chain('/other', { path: '/app' })).toEqual([
    '#1 –: It set the cookie for the path /app, which does not cover this one.',
  ]);
});

test('a restart took the sessions of MemoryStore with it', () => {
  const stage = createStage();
  const middleware = { ...EXPRESS, store: 'MemoryStore' };
  stage.serve(middleware);
  const first = stage.start('/');
  first.load({ user: 1 });
  first.finish();
  const next = createRecording('epoch00002', 1_700_000_060_000);
  next.epochStarted({ middlewares: [middleware] });
  const get = next.start('/');
  get.operation('load', { outcome: 'missing' });
  get.finish({ sessionAfter: null });
  stage.events.push(...next.events);
  expect(whyRequest(stage)).toEqual([
    'Why did #2 GET / end without a session?',
    '#2 load: It brought the cookie of session a11c, and there was no record.',
    '… The server was restarted, and MemoryStore keeps sessions in its process: they went with it.',
  ]);
});
