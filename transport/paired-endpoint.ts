/** A pairing at one address of a companion: verified there first, then a proof for each call, renewed where it went stale. */
import { helloAnswer, PROOF_HEADER, PROTOCOL_VERSION } from '../protocol/index.ts';
import { type CallOptions, type CallProof, callEndpoint, type EndpointAddress } from './endpoint-client.ts';
import { isCompanionProof, newChallenge, type PairedKey, pairedKeyOf, panelProof } from './pairing-proof.ts';

export interface PairingOptions {
  token: string;
  /** Whose companion this must be. */
  app: string;
  /** The `Origin` header that the panel's calls bear. */
  origin: string;
  call: Omit<CallOptions, 'pairing'>;
}

/** The endpoint's word that it holds the same key. `impostor`: it claims the pairing and can't prove it. */
export type PairingCheck = { ok: true; pairing: CallProof } | { ok: false; why: 'not-paired' | 'impostor' };

/** Challenges an endpoint. Nothing that could be used elsewhere is sent. */
export async function checkPairing(address: EndpointAddress, options: PairingOptions): Promise<PairingCheck> {
  const key = await pairedKeyOf(options.token);
  const answer = await challenge(address, key, options);
  return typeof answer === 'string'
    ? { ok: false, why: answer }
    : { ok: true, pairing: provenAddress(address, key, answer.nonce, options) };
}

/** The nonce to prove over. */
async function challenge(
  address: EndpointAddress,
  key: PairedKey,
  { app, call }: PairingOptions,
): Promise<{ nonce: string } | 'not-paired' | 'impostor'> {
  const asked = newChallenge();
  const body = { versions: [PROTOCOL_VERSION], challenge: asked, key: key.id };
  const answer = await callEndpoint(address, 'hello', body, helloAnswer, call);
  if (!answer.ok || answer.value.app !== app) return 'not-paired';
  const { nonce, proof, paired } = answer.value;
  if (!paired && proof === undefined) return 'not-paired';
  return nonce !== undefined &&
    proof !== undefined &&
    (await isCompanionProof(key, { challenge: asked, nonce, app, proof }))
    ? { nonce }
    : 'impostor';
}

function provenAddress(
  address: EndpointAddress,
  key: PairedKey,
  firstNonce: string,
  options: PairingOptions,
): CallProof {
  let nonce = firstNonce;
  let count = 0;
  let renewing: Promise<boolean> | undefined;
  return {
    id: key.id,
    async headers(call, body) {
      count += 1;
      return { [PROOF_HEADER]: await panelProof(key, { nonce, count, call, origin: options.origin, body }) };
    },
    // Calls that go stale together ask once, and so does one that hears of it only after the others had asked.
    async renew(refused) {
      const [, proven] = refused[PROOF_HEADER]?.split(' ') ?? [];
      if (proven !== nonce) return true;
      return (renewing ??= (async () => {
        const fresh = await challenge(address, key, options);
        renewing = undefined;
        if (typeof fresh === 'string') return false;
        ({ nonce } = fresh);
        count = 0;
        return true;
      })());
    },
  };
}
