/** Cases of rules: a recording in which a rule finds something, and what it says; and near misses, in which it must not. */
import type { Middleware } from '../../protocol/index.ts';
import type { HarExchange } from '../recording/har.ts';
import { createRecording, type ExchangeBuilder } from '../recording/recording.cases.ts';

export interface RuleCases {
  /** The sentence that the finding must say, as text. */
  finds: Record<string, (stage: Stage) => string>;
  nearMisses: Record<string, (stage: Stage) => void>;
}

export const EXPRESS: Middleware = {
  library: 'express-session',
  libraryVersion: '1.19.0',
  cookieNames: ['sid'],
  store: 'RedisStore',
  settings: { resave: 'false', rolling: 'false', saveUninitialized: 'false' },
};

export const DJANGO: Middleware = {
  library: 'django.contrib.sessions',
  libraryVersion: '5.2',
  cookieNames: ['sid'],
  store: 'db',
  settings: { SESSION_SAVE_EVERY_REQUEST: 'False' },
};

export interface Stage extends ReturnType<typeof createRecording> {
  /** What the tests' panel is given of responses, beside the events. */
  responses: HarExchange[];
  /** The server starts with this middleware; default: express-session on Redis. */
  serve: (middleware?: Middleware) => void;
  /** The browser saw the response of an exchange. */
  see: (exchange: ExchangeBuilder, fields?: Partial<HarExchange>) => void;
}

export function createStage(): Stage {
  const recording = createRecording();
  const responses: HarExchange[] = [];
  let isServed = false;
  const serve = (middleware: Middleware = EXPRESS) => {
    isServed = true;
    recording.epochStarted({ middlewares: [middleware] });
  };
  return {
    ...recording,
    responses,
    serve,
    start(...args) {
      if (!isServed) serve();
      return recording.start(...args);
    },
    see(exchange, fields = {}) {
      const started = recording.events.find(
        (event) => event.type === 'exchange-started' && event.exchange === exchange.id,
      );
      if (started?.type !== 'exchange-started') throw new Error('It has not begun.');
      responses.push({
        exchanges: [exchange.id],
        url: `http://localhost:3000${started.path}`,
        method: started.method,
        status: 200,
        startedAt: started.at,
        durationMs: 5,
        setCookies: [],
        fromCache: false,
        ...fields,
      });
    },
  };
}

/** A line of the app's code. */
export const line = (file: string, number: number) => ({
  source: { frames: [{ file, line: number, kind: 'app' as const }] },
});

/** A Set-Cookie as the verdict has it. */
export const setCookie = (attributes: object = {}) => ({
  outcome: 'set' as const,
  attributes: {
    name: 'sid',
    path: '/',
    httpOnly: true,
    secure: true,
    sameSite: 'lax' as const,
    bytes: 84,
    ...attributes,
  },
});
