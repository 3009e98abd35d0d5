/** The five calls, as one Hono app that serves both doors. */
import { Hono, type Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import {
  type EncodedValue,
  type EventsAnswer,
  eventsRequest,
  helloRequest,
  type HelloAnswer,
  LIMITS,
  pairRequest,
  type Proofs,
  PROTOCOL_VERSION,
  type SessionAnswer,
  sessionRequest,
  type ValueAnswer,
  valueRequest,
} from '../../../../protocol/index.ts';
import type { EventLog, ObservedMiddleware, Viewer } from '../contract.ts';
import type { Identity } from '../identity.ts';
import { CallRefused, readBody } from './body.ts';
import { isLoopback, type Refusal } from './gate.ts';
import { trim } from '../trim.ts';
import type { Pairing } from './pairing.ts';
import { answerFrom, pump } from './stream.ts';

/** Streams at once: one for each browser and app, shared by its windows; a few browsers. */
const MAX_STREAMS = 16;

export const COMPANION = { name: 'sessionscope', version: '0.1.0' } as const;

/** What the listener knows of a call that the gate let in, beside the request. */
export interface CallEnv {
  /** `/v1/<call>`: what the request's target names below the endpoint's path, to the letter. */
  target: string;
  /** A token that fits was sent. */
  isPaired: boolean;
  /** `app`: inside the app, where the peer's address proves nothing. `direct`: the companion's own listener. */
  door: 'app' | 'direct';
  peer: string | undefined;
  /** Whether the server that took the call still listens. */
  isListening: () => boolean;
  /** Ends the connection, whatever is still to be sent. */
  hangUp: () => void;
}

type Env = { Bindings: CallEnv };

export interface CallsOptions {
  log: EventLog;
  identity: Identity;
  middlewares: () => readonly ObservedMiddleware[];
  pairing: Pairing;
  /** Told of what should not have happened. */
  fault: (where: string, error: unknown) => void;
  /** Opens the direct door, or says why not. */
  openDoor: () => Promise<Pick<HelloAnswer, 'door' | 'doorFault'>>;
}

/** On every answer. */
export const HEADERS = {
  'cache-control': 'no-store, no-transform',
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
} as const;

const answerRefusal = (context: Context, { status, ...error }: Refusal) => context.json({ error }, status, HEADERS);

/** The error of an answer that could not be made. */
export const FAULT = {
  code: 'fault',
  message: 'Sessionscope itself failed on this call. Your app was not affected.',
} as const;

/** Serves `/v1/<call>` to whom the gate let in. */
export function createCalls({ log, identity, middlewares, pairing, fault, openDoor }: CallsOptions): Hono<Env> {
  // Nothing is decoded or resolved on the way from the request's target to a call.
  const app = new Hono<Env>({ getPath: (_request, options) => (options as { env: CallEnv }).env.target });
  let streams = 0;

  app.use('*', async (context, next) => {
    for (const [name, value] of Object.entries(HEADERS)) context.header(name, value);
    return next();
  });
  app.notFound((context) =>
    answerRefusal(context, { status: 404, code: 'not-found', message: 'There is no such call.' }),
  );
  app.onError((error, context) => {
    if (error instanceof CallRefused) return answerRefusal(context, error.refusal);
    // Nothing of it is the caller's business.
    fault('endpoint', error);
    return context.json({ error: FAULT }, 500, HEADERS);
  });

  /** What a store's error, a path or a value of the app's own says of a session key is taken out last of all. */
  const write = (answer: SessionAnswer | EventsAnswer | ValueAnswer) => identity.withoutKeys(JSON.stringify(answer));

  const answer = (context: Context<Env>, content: Parameters<typeof write>[0]) =>
    context.body(write(content), 200, { 'content-type': 'application/json' });

  const prove = (proofs: Proofs) =>
    (proofs.cookies ?? []).flatMap((cookie) =>
      middlewares().flatMap((middleware) => {
        const proof = middleware.prove(cookie);
        return proof === undefined ? [] : [{ middleware, proof }];
      }),
    );

  /** Whose eyes: everything for a token; at the direct door what the proofs prove; else nobody's. */
  function viewerOf(context: Context<Env>, proofs: Proofs): Viewer {
    const { door, peer } = context.env;
    if (context.env.isPaired) return { all: true, sessions: new Set(), exchanges: new Set() };
    if (door === 'app')
      throw new CallRefused({
        status: 403,
        code: 'not-paired',
        message: 'Inside the app nothing says where a call comes from, so it needs a token.',
        mend: 'Ask at the direct door that hello names, or pair.',
      });
    if (!isLoopback(peer))
      throw new CallRefused({ status: 403, code: 'refused', message: 'The direct door serves this machine only.' });
    const sessions = prove(proofs).flatMap(({ proof }) => (proof.fingerprint === undefined ? [] : [proof.fingerprint]));
    const exchanges = proofs.exchanges ?? [];
    if (sessions.length === 0 && exchanges.length === 0)
      throw new CallRefused({
        status: 403,
        code: 'proof-needed',
        message: 'No cookie that this app signed and no exchange id was sent.',
        mend: 'Load a page of the app, or pair.',
      });
    return { all: false, sessions: new Set(sessions), exchanges: new Set(exchanges) };
  }

  app.post('/v1/hello', async (context) => {
    const { versions } = await readBody(context.req.raw.body, helloRequest);
    if (!versions.includes(PROTOCOL_VERSION))
      throw new CallRefused({
        status: 400,
        code: 'unsupported-version',
        message: `This companion speaks version ${PROTOCOL_VERSION} of the protocol.`,
        mend: 'Update the one that is older.',
        versions: [PROTOCOL_VERSION],
      });
    const answer: HelloAnswer = {
      v: PROTOCOL_VERSION,
      app: identity.app,
      project: identity.project.slice(0, LIMITS.nameLength),
      epoch: log.epoch,
      companion: COMPANION,
      runtime: `node ${process.versions.node}`,
      libraries: middlewares().map((middleware) => {
        const { library, libraryVersion, cookieName } = middleware.describe();
        return { name: library, version: libraryVersion, cookieName };
      }),
      paired: context.env.isPaired,
      ...(await openDoor()),
    };
    return context.json(answer);
  });

  app.post('/v1/pair', async (context) => {
    const { code } = await readBody(context.req.raw.body, pairRequest);
    const answer = code === undefined ? pairing.begin() : pairing.complete(code, context.req.header('origin') ?? '');
    return 'status' in answer ? answerRefusal(context, answer) : context.json(answer);
  });

  app.post('/v1/session', async (context) => {
    const { proofs, session } = await readBody(context.req.raw.body, sessionRequest);
    const viewer = viewerOf(context, proofs);
    const named =
      viewer.all && session !== undefined
        ? middlewares().flatMap((middleware) => ({ middleware, key: middleware.keyOf(session) }))
        : [];
    const chosen = named.find(({ key }) => key !== undefined);
    if (chosen?.key !== undefined)
      return answer(context, await readSession(chosen.middleware, chosen.key, session!, undefined, viewer));
    const [first] = prove(proofs);
    if (first === undefined)
      throw new CallRefused({ status: 403, code: 'proof-needed', message: 'No session cookie of this app was sent.' });
    const { middleware, proof } = first;
    if (proof.key === undefined || proof.fingerprint === undefined) {
      return answer(context, {
        session: null,
        signature: proof.signature,
        store: { outcome: 'missing', at: Date.now() },
        memory: [],
      });
    }
    return answer(context, await readSession(middleware, proof.key, proof.fingerprint, proof.signature, viewer));
  });

  /** A reading whose state is as large as an answer may carry. */
  const fitting = <T extends { state?: EncodedValue }>(reading: T): T =>
    reading.state === undefined ? reading : { ...reading, state: trim(reading.state, identity.digest) };

  async function readSession(
    middleware: ObservedMiddleware,
    key: string,
    session: string,
    signature: SessionAnswer['signature'],
    viewer: Viewer,
  ): Promise<SessionAnswer> {
    const store = fitting(await middleware.readStore(key, viewer));
    const memory = middleware.readMemory(session, viewer).map(fitting);
    return { session, ...(signature === undefined ? {} : { signature }), store: { at: Date.now(), ...store }, memory };
  }

  app.post('/v1/events', async (context) => {
    const { proofs, after, wait } = await readBody(context.req.raw.body, eventsRequest);
    const viewer = viewerOf(context, proofs);
    if (!wait) return answer(context, answerFrom(log, after, viewer));
    if (streams >= MAX_STREAMS)
      throw new CallRefused({
        status: 429,
        code: 'too-many-streams',
        message: `${MAX_STREAMS} streams are open.`,
        mend: 'Close other DevTools windows, or poll (wait: false).',
      });
    streams += 1;
    const { isListening, hangUp } = context.env;
    const response = streamSSE(context, async (stream) => {
      try {
        const end = await pump({
          log,
          after,
          viewer,
          isOpen: () => !stream.aborted && !stream.closed && isListening(),
          write: (content) => stream.writeSSE({ event: 'events', data: write(content) }),
        });
        if (end === 'stalled') hangUp();
      } catch (error) {
        fault('stream', error);
      } finally {
        streams -= 1;
      }
    });
    // After streamSSE, which sets its own.
    response.headers.set('cache-control', HEADERS['cache-control']);
    response.headers.set('x-accel-buffering', 'no');
    // A kept connection would hold up the server's end for its keep-alive time.
    response.headers.set('connection', 'close');
    return response;
  });

  app.post('/v1/value', async (context) => {
    const { proofs, epoch, seq, part, path, reveal = false } = await readBody(context.req.raw.body, valueRequest);
    const viewer = viewerOf(context, proofs);
    if (reveal && !viewer.all)
      throw new CallRefused({
        status: 403,
        code: 'not-paired',
        message: 'Held-back values are shown to a paired panel only.',
        mend: 'Pair.',
      });
    const value = epoch === log.epoch ? log.value({ seq, part, path, reveal }, viewer) : undefined;
    if (value === undefined)
      throw new CallRefused({
        status: 404,
        code: 'gone',
        message: 'The log does not hold this value any more, or it is not yours to see.',
      });
    return answer(context, { value });
  });

  return app;
}
