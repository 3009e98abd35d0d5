/** The calls, as one Hono app that serves both listeners. */
import { Hono, type Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import {
  type EncodedValue,
  type EventsAnswer,
  eventsRequest,
  helloRequest,
  type HelloAnswer,
  LIMITS,
  type OpenAnswer,
  openRequest,
  pairRequest,
  type Proofs,
  PROTOCOL_VERSION,
  type SessionAnswer,
  sessionRequest,
  type ValueAnswer,
  valueRequest,
} from '../../../../../protocol/index.ts';
import type { EventLog, ObservedMiddleware, Viewer } from '../contract.ts';
import type { Identity } from '../identity.ts';
import { trim } from '../trim.ts';
import { CallRefused, parseBody, readBytes } from './body.ts';
import type { Refusal } from './gate.ts';
import type { IsListening } from './listening.ts';
import { openSource } from './open-source.ts';
import type { PairedKeys } from './paired-keys.ts';
import type { Pairing } from './pairing.ts';
import { companionProof, type Proof, type Proofs as PairingProofs } from './proof.ts';
import { createStreamSlots } from './stream-slots.ts';
import { pollAnswer, pump } from './stream.ts';
import { type Entrance, prove, viewerOf } from './viewer.ts';

export const COMPANION = { name: 'sessionscope', version: '0.1.0' } as const;

/** What the listener knows of a call that the gate let in, beside the request. */
export interface CallEnv extends Entrance {
  /** `/v1/<call>`: what the request's target names below the endpoint's path, to the letter. */
  target: string;
  /** The proof of pairing that was sent; the gate found nothing against it, its body is not looked at yet. */
  proof: Proof | undefined;
  origin: string | undefined;
  /** Whether the server that took the call still listens. */
  isListening: IsListening;
  isHttp2: boolean;
  /** Ends the connection, whatever is still to be sent. */
  hangUp: () => void;
}

type Env = { Bindings: CallEnv; Variables: { body: Buffer; isPaired: boolean } };

export interface CallsOptions {
  log: EventLog;
  identity: Identity;
  middlewares: () => readonly ObservedMiddleware[];
  keys: PairedKeys;
  pairing: Pairing;
  proofs: PairingProofs;
  /** Called with what should not have happened. */
  fault: (where: string, error: unknown) => void;
  /** Opens the direct listener, or says why not. */
  openDirectListener: () => Promise<Pick<HelloAnswer, 'directListener' | 'directListenerFault'>>;
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
export function createCalls({
  log,
  identity,
  middlewares,
  keys,
  pairing,
  proofs: pairingProofs,
  fault,
  openDirectListener,
}: CallsOptions): Hono<Env> {
  // Nothing is decoded or resolved on the way from the request's target to a call.
  const app = new Hono<Env>({ getPath: (_request, options) => (options as { env: CallEnv }).env.target });
  const slots = createStreamSlots(log);

  app.use('*', async (context, next) => {
    for (const [name, value] of Object.entries(HEADERS)) context.header(name, value);
    const body = await readBytes(context.req.raw.body);
    await log.ready?.();
    const { proof, target, origin } = context.env;
    if (proof !== undefined) {
      const refusal = pairingProofs.check(proof, target.slice('/v1/'.length), origin, body);
      if (refusal !== undefined) throw new CallRefused(refusal);
    }
    context.set('body', body);
    context.set('isPaired', proof !== undefined);
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
  const write = (answer: SessionAnswer | EventsAnswer | ValueAnswer) =>
    identity.withoutKeysInJson(JSON.stringify(answer));

  const answer = (context: Context<Env>, content: Parameters<typeof write>[0]) =>
    context.body(write(content), 200, { 'content-type': 'application/json' });

  const provenBy = (proofs: Proofs) => prove(proofs, middlewares());
  const viewer = (context: Context<Env>, proofs: Proofs) =>
    viewerOf(context.env, context.get('isPaired'), proofs, middlewares());

  /** The companion's side of the mutual proof. */
  function answerTo(challenge: string, key: Buffer | undefined): Pick<HelloAnswer, 'nonce' | 'proof'> {
    const nonce = pairingProofs.newNonce();
    return key === undefined ? { nonce } : { nonce, proof: companionProof(key, challenge, nonce, identity.app) };
  }

  app.post('/v1/hello', async (context) => {
    const { versions, challenge, key: keyId } = parseBody(context.get('body'), helloRequest);
    if (!versions.includes(PROTOCOL_VERSION))
      throw new CallRefused({
        status: 400,
        code: 'unsupported-version',
        message: `This companion speaks version ${PROTOCOL_VERSION} of the protocol.`,
        fix: 'Update the one that is older.',
        versions: [PROTOCOL_VERSION],
      });
    const key = keyId === undefined ? undefined : keys.find(keyId, context.env.origin);
    const answer: HelloAnswer = {
      v: PROTOCOL_VERSION,
      app: identity.app,
      project: identity.project.slice(0, LIMITS.nameLength),
      epoch: log.epoch,
      companion: COMPANION,
      runtime: `node ${process.versions.node}`,
      libraries: middlewares().map((middleware) => {
        const { library, libraryVersion, cookieNames } = middleware.describe();
        return { name: library, version: libraryVersion, cookieNames };
      }),
      paired: key !== undefined || context.get('isPaired'),
      ...(challenge === undefined ? {} : answerTo(challenge, key)),
      ...(await openDirectListener()),
    };
    return context.json(answer);
  });

  app.post('/v1/pair', async (context) => {
    const { code } = parseBody(context.get('body'), pairRequest);
    const answer = await (code === undefined ? pairing.begin() : pairing.complete(code, context.env.origin ?? ''));
    return 'status' in answer ? answerRefusal(context, answer) : context.json(answer);
  });

  app.post('/v1/session', async (context) => {
    const { proofs, session } = parseBody(context.get('body'), sessionRequest);
    const eyes = viewer(context, proofs);
    const named =
      eyes.all && session !== undefined
        ? middlewares().flatMap((middleware) => ({ middleware, key: middleware.keyOf(session) }))
        : [];
    const chosen = named.find(({ key }) => key !== undefined);
    if (chosen?.key !== undefined)
      return answer(context, await readSession(chosen.middleware, chosen.key, session!, undefined, eyes));
    const [first] = provenBy(proofs);
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
    return answer(context, await readSession(middleware, proof.key, proof.fingerprint, proof.signature, eyes));
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
    const { proofs, after, wait } = parseBody(context.get('body'), eventsRequest);
    const eyes = viewer(context, proofs);
    if (!wait)
      return context.body(
        await pollAnswer(log, after, eyes, (events) => identity.withoutKeysInJson(JSON.stringify(events))),
        200,
        { 'content-type': 'application/json' },
      );
    const slot = slots.take(eyes);
    const { isListening, hangUp } = context.env;
    const response = streamSSE(context, async (stream) => {
      try {
        const end = await pump({
          log,
          after,
          viewer: eyes,
          isOpen: () => !stream.aborted && !stream.closed && !slot.isEvicted && isListening(),
          write: (content) => stream.writeSSE({ event: 'events', data: write(content) }),
        });
        if (end === 'stalled') hangUp();
      } catch (error) {
        fault('stream', error);
      } finally {
        slot.leave();
      }
    });
    // After streamSSE, which sets its own.
    response.headers.set('cache-control', HEADERS['cache-control']);
    response.headers.set('x-accel-buffering', 'no');
    // HTTP/2 knows none, and HTTP/1 sets its own.
    response.headers.delete('transfer-encoding');
    // A kept connection would hold up the server's end for its keep-alive time.
    if (context.env.isHttp2) response.headers.delete('connection');
    else response.headers.set('connection', 'close');
    return response;
  });

  app.post('/v1/value', async (context) => {
    const { proofs, epoch, seq, part, path, reveal = false } = parseBody(context.get('body'), valueRequest);
    const eyes = viewer(context, proofs);
    if (reveal && !eyes.all)
      throw new CallRefused({
        status: 403,
        code: 'not-paired',
        message: 'Redacted values are shown to a paired panel only.',
        fix: 'Pair.',
      });
    const value = epoch === log.epoch ? log.value({ seq, part, path, reveal }, eyes) : undefined;
    if (value === undefined)
      throw new CallRefused({
        status: 404,
        code: 'gone',
        message: 'The log does not hold this value any more, or it is not yours to see.',
      });
    return answer(context, { value });
  });

  app.post('/v1/open', async (context) => {
    const request = parseBody(context.get('body'), openRequest);
    if (!context.get('isPaired'))
      throw new CallRefused({
        status: 403,
        code: 'not-paired',
        message: 'An editor is started for a paired panel only.',
        fix: 'Pair.',
      });
    const refusal = await openSource(identity.root, request);
    if (refusal !== undefined) throw new CallRefused(refusal);
    return context.json({ state: 'opened' } satisfies OpenAnswer);
  });

  return app;
}
