/**
 * A paired panel's side of the mutual proof, by docs/protocol.md alone: no code of the companion's or the panel's. A
 * token is known by the app that gave it, so one nonce for each is enough, wherever the app is asked.
 */
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { PROOF_HEADER } from '../../protocol/index.ts';

const sha256 = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest();

export const keyOf = (token: string): Buffer => sha256(token);
export const keyIdOf = (token: string): string => sha256(keyOf(token)).toString('hex').slice(0, 16);

export const macOf = (key: Buffer, ...lines: string[]): string =>
  createHmac('sha256', key).update(lines.join('\n')).digest('hex');

export interface HelloWithNonce {
  app: string;
  nonce?: string;
  proof?: string;
  paired: boolean;
}

/** Asks `hello` with this body; resolves with its answer. */
export type AskHello = (body: object) => Promise<HelloWithNonce>;

/** Says hello, and checks what the companion proves. */
export async function challenge(token: string, ask: AskHello): Promise<string> {
  const asked = randomBytes(16).toString('hex');
  const { app, nonce, proof } = await ask({ versions: [1], challenge: asked, key: keyIdOf(token) });
  if (nonce === undefined) throw new Error('hello gave no nonce');
  if (proof !== macOf(keyOf(token), 'companion', asked, nonce, app)) throw new Error('the companion proves nothing');
  return nonce;
}

export interface Signed {
  token: string;
  nonce: string;
  count: number;
  call: string;
  origin: string;
  body: string | Buffer;
}

/** The value of the proof's header. */
export const proofHeader = ({ token, nonce, count, call, origin, body }: Signed): string => {
  const mac = macOf(keyOf(token), 'panel', nonce, String(count), call, origin, sha256(body).toString('hex'));
  return `${keyIdOf(token)} ${nonce} ${count} ${mac}`;
};

const nonces = new Map<string, { nonce: Promise<string>; count: number }>();

/** The header for one more call, with a nonce that was asked for once. */
export async function nextProof(
  { token, call, origin, body }: Pick<Signed, 'token' | 'call' | 'origin' | 'body'>,
  ask: AskHello,
): Promise<Record<string, string>> {
  let known = nonces.get(token);
  if (known === undefined) nonces.set(token, (known = { nonce: challenge(token, ask), count: 0 }));
  known.count += 1;
  const { count } = known;
  return { [PROOF_HEADER]: proofHeader({ token, nonce: await known.nonce, count, call, origin, body }) };
}
