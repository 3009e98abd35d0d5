import { describe, expect, test } from 'vitest';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { EXPRESS, type ExpressVersion, inShort, serve } from './observed-app.ts';

describe.each(Object.keys(EXPRESS) as ExpressVersion[])('%s', (version) => {
  test('reports a first visit: create, reads, writes, save, cookie', async () => {
    await using app = await serve(
      (app, session, options) => {
        app.use(session(options));
        app.get('/', (request, response) => {
          const { session } = request;
          session['seen'] = session['seen'] ?? 1;
          session['user'] = { name: 'Ada' };
          delete session['gone'];
          response.send(String('user' in session));
        });
      },
      { version },
    );
    await app.get('/');
    const { verdict, sessionBefore, sessionAfter } = await app.finished();
    expect(app.operations('/').map(inShort)).toEqual([
      'create',
      'get seen miss',
      'set seen',
      'set user',
      'delete gone miss',
      'get user',
      'save done',
    ]);
    const [create, , , set, , , save] = app.operations('/');
    expect(create).toMatchObject({ actor: 'framework', call: 'generate', keys: 0 });
    expect(set).toMatchObject({ actor: 'app', after: { name: 'Ada' } });
    expect(set!.source!.frames[0]).toMatchObject({
      kind: 'app',
      file: `tests/express-session/${basename(import.meta.filename)}`,
    });
    expect(save).toMatchObject({ actor: 'framework', call: 'end', keys: 2, state: { seen: 1, user: { name: 'Ada' } } });
    expect(save!.durationMs).toBeGreaterThanOrEqual(0);
    expect(save!.bytes).toBeGreaterThan(0);
    expect(verdict.record).toMatchObject({ outcome: 'saved', reason: 'new-session' });
    expect(verdict.cookie).toMatchObject({ outcome: 'set', attributes: { name: 'connect.sid', httpOnly: true } });
    expect(sessionBefore).toBeNull();
    expect(sessionAfter).toBe(save!.session);
  });

  test('reports a second visit: load, before and after of each write', async () => {
    await using app = await serve(
      (app, session, options) => {
        app.use(session(options));
        app.get('/first', (request, response) => {
          request.session['n'] = 1;
          response.end();
        });
        app.get('/second', (request, response) => {
          request.session['n'] = (request.session['n'] as number) + 1;
          delete request.session['n'];
          response.end();
        });
      },
      { version },
    );
    await app.get('/first');
    await app.get('/second');
    await app.finished();
    const operations = app.operations('/second');
    expect(operations.map(inShort)).toEqual(['load found', 'get n', 'set n', 'delete n', 'save done']);
    expect(operations[0]).toMatchObject({ state: { n: 1 }, keys: 1, actor: 'framework' });
    expect(operations[1]).toMatchObject({ after: 1, hit: true });
    expect(operations[2]).toMatchObject({ before: 1, after: 2 });
    expect(operations[3]).toMatchObject({ before: 2, hit: true });
    expect(operations[3]).not.toHaveProperty('after');
  });

  test('finds nested changes at a checkpoint and names the get that handed the value out', async () => {
    await using app = await serve(
      (app, session, options) => {
        app.use(session(options));
        app.get('/', (request, response) => {
          request.session['cart'] ??= { items: [] };
          const cart = request.session['cart'] as { items: { sku: string }[] };
          cart.items.push({ sku: 'A-1' });
          response.end();
        });
      },
      { version },
    );
    await app.get('/');
    await app.finished();
    const operations = app.operations('/');
    expect(operations.map(inShort)).toEqual([
      'create',
      'get cart miss',
      'set cart',
      'get cart',
      'set cart.items.0 inferred',
      'save done',
    ]);
    expect(operations[4]).toMatchObject({ via: operations[3]!.seq, after: { sku: 'A-1' }, actor: 'app' });
    expect(operations[4]!.source).toEqual(operations[3]!.source);
  });

  test('follows a session over regenerate, in the callback and in the promise style', async () => {
    await using app = await serve(
      (app, session, options) => {
        app.use(session(options));
        app.get('/first', (request, response) => {
          request.session['cart'] = 1;
          response.end();
        });
        app.get('/callback', (request, response, next) => {
          request.session.regenerate((error) => {
            if (error) return next(error);
            request.session['user'] = 'ada';
            response.end();
          });
        });
        app.get('/promise', async (request, response) => {
          const { session } = request;
          await promisify(session.regenerate.bind(session))();
          request.session['user'] = 'ada';
          await promisify(request.session.save.bind(request.session))();
          response.end();
        });
      },
      { version },
    );
    for (const path of ['/callback', '/promise']) {
      await app.get('/first');
      await app.get(path);
      await app.finished();
      const operations = app.operations(path);
      const cycle = operations.find(({ operation }) => operation === 'cycle-key')!;
      expect(cycle).toMatchObject({ call: 'regenerate', actor: 'app', from: operations[0]!.session, state: {} });
      expect(cycle.before).toMatchObject({ cart: 1 });
      expect(cycle.to).not.toBe(cycle.from);
      expect(cycle.source!.frames[0]!.kind).toBe('app');
      const set = operations.find(({ operation }) => operation === 'set')!;
      expect(set.session).toBe(cycle.to);
      expect((await app.finished()).sessionAfter).toBe(cycle.to);
    }
  });

  test('reports destroy, reload, save, touch and the two ways to set an expiry', async () => {
    await using app = await serve(
      (app, session, options) => {
        app.use(session(options));
        app.get('/first', (request, response) => {
          request.session['n'] = 1;
          request.session.save(() => response.end());
        });
        app.get('/reload', (request, response) => {
          request.session['n'] = 2;
          request.session.reload(() => response.json(request.session['n']));
        });
        app.get('/expiry', (request, response) => {
          request.session.cookie.maxAge = 60_000;
          request.session.cookie.expires = new Date(Date.now() + 120_000);
          request.session.touch();
          response.end();
        });
        app.get('/destroy', (request, response) => {
          request.session.destroy(() => response.json(request.session === undefined));
        });
      },
      { version, session: { cookie: { maxAge: 30_000 } } },
    );
    await app.get('/first');
    await app.finished();
    expect(app.operations('/first').find(({ operation }) => operation === 'save')).toMatchObject({
      call: 'save',
      actor: 'app',
    });

    expect(await (await app.get('/reload')).json()).toBe(1);
    await app.finished();
    expect(app.operations('/reload').map(inShort)).toEqual([
      'load found',
      'set n',
      'load found',
      'get n',
      'touch done',
    ]);
    expect(app.operations('/reload')[2]).toMatchObject({ call: 'reload', actor: 'app' });

    await app.get('/expiry');
    await app.finished();
    const [, maxAge, expires, touch] = app.operations('/expiry');
    expect(maxAge).toMatchObject({ operation: 'set-expiry', call: 'cookie.maxAge=', after: 60_000 });
    expect(maxAge!.expiry!.sessionAt! - maxAge!.expiryBefore!.sessionAt!).toBeGreaterThan(25_000);
    expect(expires).toMatchObject({ operation: 'set-expiry', call: 'cookie.expires=' });
    expect(touch).toMatchObject({ operation: 'touch', actor: 'app' });

    expect(await (await app.get('/destroy')).json()).toBe(true);
    const { verdict, sessionAfter } = await app.finished();
    const flush = app.operations('/destroy').find(({ operation }) => operation === 'flush')!;
    expect(flush).toMatchObject({ call: 'destroy', actor: 'app', to: null, before: { n: 1 }, outcome: 'done' });
    expect(verdict.record).toMatchObject({ outcome: 'deleted', reason: 'destroyed' });
    expect(sessionAfter).toBeNull();
  });

  test('reports how a load went: missing, expired where that was seen, bad signature', async () => {
    await using app = await serve(
      (app, session, options) => {
        app.use(session(options));
        app.get('/', (request, response) => {
          request.session['n'] = 1;
          response.end();
        });
      },
      { version, session: { cookie: { maxAge: 20 } } },
    );
    await app.get('/');
    await app.finished();
    await new Promise((resolve) => setTimeout(resolve, 40));
    await app.get('/');
    await app.finished();
    expect(app.operations('/').map(inShort).slice(0, 3)).toEqual(['load expired', 'expire', 'create']);

    const [[name, value]] = [...app.cookies] as [[string, string]];
    // Decoded first: a cut through a percent-encoding would make it malformed.
    app.cookies.set(name, encodeURIComponent(`${decodeURIComponent(value).slice(0, -4)}AAAA`));
    await app.get('/');
    await app.finished();
    const started = app.events().findLast((event) => event.type === 'exchange-started')!;
    expect(started).toMatchObject({ cookie: { sent: 1, signature: 'invalid' } });
    expect(app.operations('/').map(inShort)[0]).toBe('load invalid-signature');
    expect(app.operations('/').map(inShort)[1]).toBe('create');
  });

  test.each(['first', 'last'])(
    'of two cookies of one name the first is taken: the good one is the %s',
    async (place) => {
      await using app = await serve(
        (app, session, options) => {
          app.use(session(options));
          app.get('/', (request, response) => {
            request.session['n'] = 1;
            response.end();
          });
        },
        { version },
      );
      await app.get('/');
      const [[name, value]] = [...app.cookies] as [[string, string]];
      const pairs = [`${name}=${value}`, `${name}=s%3Ajunk.junk`];
      await app.get('/', { headers: { cookie: (place === 'first' ? pairs : pairs.toReversed()).join('; ') } });
      await app.finished();
      const started = app.events().findLast((event) => event.type === 'exchange-started')!;
      expect(started).toMatchObject({
        cookie: { sent: 2, taken: 'first', signature: place === 'first' ? 'valid' : 'invalid' },
      });
    },
  );

  test('observes several middlewares on different paths, and where they are mounted', async () => {
    await using app = await serve(
      (app, session, options) => {
        const admin = EXPRESS[version].Router();
        admin.use(session({ ...options, name: 'admin.sid', cookie: { path: '/admin' } }));
        admin.get('/page', (request, response) => {
          request.session['role'] = 'admin';
          response.end();
        });
        app.use('/admin', admin);
        app.use(session({ ...options, name: 'a.sid', cookie: { path: '/a' } }));
        app.use(session({ ...options, name: 'b.sid', cookie: { path: '/b' } }));
        app.get('/b/page', (request, response) => {
          request.session['b'] = 1;
          response.end();
        });
      },
      { version },
    );
    const first = await app.get('/admin/page');
    expect(first.headers.get('sessionscope')).toContain('"/admin/__sessionscope__";v=1;');
    expect(app.operations('/admin/page').map(inShort)).toContain('set role');
    const second = await app.get('/b/page');
    const items = second.headers.get('sessionscope')!.split(', ');
    expect(items).toHaveLength(2);
    expect(second.headers.getSetCookie()[0]).toMatch(/^b\.sid=/);
    expect(
      app.events().filter((event) => event.type === 'operation-recorded' && event.operation === 'set'),
    ).toHaveLength(2);
  });
});

test('records nothing for what only asks about the session', async () => {
  await using app = await serve((app, session, options) => {
    app.use(session(options));
    app.get('/', async (request, response) => {
      // Awaiting asks for `then`, a debugger's print for nothing at all.
      await request.session;
      void `${request.session.id} ${typeof request.session.cookie.maxAge}`;
      response.end();
    });
  });
  await app.get('/');
  await app.finished();
  expect(app.operations('/').map(inShort)).toEqual(['create']);
});

test('hands the app one session object, whose methods keep their identity', async () => {
  await using app = await serve((app, session, options) => {
    app.use(session(options));
    app.get('/', (request, response) => {
      const { session: mine } = request;
      response.json([
        mine === request.session,
        mine.save === mine.save,
        mine instanceof session.Session,
        mine.cookie === mine.cookie,
        mine.cookie instanceof session.Cookie,
        mine.touch() === mine,
      ]);
    });
  });
  expect(await (await app.get('/')).json()).toEqual([true, true, true, true, true, true]);
});
