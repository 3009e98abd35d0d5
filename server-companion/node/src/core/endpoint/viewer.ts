/** Whose eyes a call has: everything for who is paired; at the direct listener what the proofs prove; else nobody's. */
import type { Proofs } from '../../../../../protocol/index.ts';
import type { ObservedMiddleware, Viewer } from '../contract.ts';
import { CallRefused } from './body.ts';
import { isLoopback } from './gate.ts';

/** Where a call came in. */
export interface Entrance {
  /** `app`: inside the app, where the peer's address proves nothing. `direct`: the companion's own listener. */
  listener: 'app' | 'direct';
  peer: string | undefined;
}

type Proven = { middleware: ObservedMiddleware; proof: NonNullable<ReturnType<ObservedMiddleware['prove']>> };

/** What the cookies prove, to each middleware whose cookies they are. */
export const prove = (proofs: Proofs, middlewares: readonly ObservedMiddleware[]): Proven[] =>
  (proofs.cookies ?? []).flatMap((cookie, _at, all) =>
    middlewares.flatMap((middleware) => {
      const proof = middleware.prove(cookie, all);
      return proof === undefined ? [] : [{ middleware, proof }];
    }),
  );

/** @throws CallRefused where nothing proves that the caller may see anything. */
export function viewerOf(
  { listener, peer }: Entrance,
  isPaired: boolean,
  proofs: Proofs,
  middlewares: readonly ObservedMiddleware[],
): Viewer {
  if (isPaired) return { all: true, sessions: new Set(), exchanges: new Set() };
  if (listener === 'app')
    throw new CallRefused({
      status: 403,
      code: 'not-paired',
      message: 'Inside the app nothing says where a call comes from, so it needs a proof of pairing.',
      fix: 'Ask at the direct listener that hello names, or pair.',
    });
  if (!isLoopback(peer))
    throw new CallRefused({ status: 403, code: 'refused', message: 'The direct listener serves this machine only.' });
  const sessions = prove(proofs, middlewares).flatMap(({ proof }) =>
    proof.fingerprint === undefined ? [] : [proof.fingerprint],
  );
  const exchanges = proofs.exchanges ?? [];
  if (sessions.length === 0 && exchanges.length === 0)
    throw new CallRefused({
      status: 403,
      code: 'proof-needed',
      message: 'No cookie that this app signed and no exchange id was sent.',
      fix: 'Load a page of the app, or pair.',
    });
  return { all: false, sessions: new Set(sessions), exchanges: new Set(exchanges) };
}
