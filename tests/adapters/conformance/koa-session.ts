/** koa-session 7 on Koa 3, with the cookie as the record and with a store. */
import type { Context } from 'koa';
import Koa from 'koa';
import session from 'koa-session';
import { listen } from '../../../playground/scenarios/hosts/serve-routes.ts';
import { observeWith } from '../../../server-companion/node/src/adapters/koa-session/observe-with.ts';
import { MemoryStore } from '../../koa-session/stores.ts';
import type { Answer, Routes, Subject, SubjectSession } from './subject.ts';

class FailingStore extends MemoryStore {
  override async set(): Promise<void> {
    throw new Error('the disk is full');
  }
}

interface KoaSession {
  maxAge: number | 'session';
  save(): Promise<void>;
  regenerate(): Promise<void>;
}

/** `ctx.session` is another after it was set: it is asked for each time. */
const sessionOf = (context: Context): SubjectSession => {
  const held = () => context['session'] as KoaSession & Record<string, unknown>;
  return {
    get get() {
      return Reflect.get.bind(undefined, held());
    },
    get set() {
      return Reflect.set.bind(undefined, held());
    },
    get delete() {
      return Reflect.deleteProperty.bind(undefined, held());
    },
    rotate: () => held().regenerate(),
    save: () => held().save(),
    end: Reflect.set.bind(undefined, context, 'session', null),
    has: async (key) => key in held(),
    keys: async () => Object.keys(held()).filter((key) => key !== 'isNew' && !key.startsWith('_')),
    endsIn: async (ms) => void (held().maxAge = ms),
  };
};

async function answer(context: Context, routes: Routes): Promise<void> {
  const route = routes[context.path];
  if (route === undefined) return;
  const begin = (text: string) => {
    context.respond = false;
    context.res.writeHead(200, { 'Content-Type': 'text/plain' });
    context.res.write(text);
  };
  const given: Answer = await route({ session: sessionOf(context), begin });
  if (typeof given === 'object') context.redirect(given.to);
  else if (typeof given === 'number') context.status = given;
  else if (given !== undefined) context.body = given;
  else if (context.respond === false) context.res.end();
  else context.status = 204;
}

const subject = (isStored: boolean): Subject => ({
  name: isStored ? 'koa-session with a store' : 'koa-session',
  page: 'koa-session.md',
  cookieNames: ['koa.sess', 'koa.sess.sig'],
  capabilities: {
    rotation: isStored ? true : 'the library has none: each save is another cookie',
    expiry: true,
    record: true,
    storeErrors: isStored ? true : 'there is no store',
    streaming: true,
  },
  serve(routes, { companion, failing }) {
    const app = new Koa();
    app.silent = true;
    app.keys = ['test'];
    const factory = companion === undefined ? session : observeWith(companion, session);
    const store = failing ? new FailingStore() : new MemoryStore();
    app.use(factory(isStored ? { store } : {}, app));
    app.use((context) => answer(context, routes));
    return listen(app.callback());
  },
});

export const KOA_SESSION: readonly Subject[] = [subject(false), subject(true)];
