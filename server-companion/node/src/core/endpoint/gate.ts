/**
 * Who may come in at all: the same rule for every call at both listeners. Each line of it is the lesson of a tool that
 * was attacked through an endpoint like this one; docs/security.md names them.
 */
import { KNOWN_EXTENSION_IDS } from '../../../../../extension-identity.ts';
import type { CallName, ErrorCode } from '../../../../../protocol/index.ts';

export interface GateFacts {
  method: string;
  contentType: string | undefined;
  host: string | undefined;
  origin: string | undefined;
  /** The connection is asked to become something else: a WebSocket, HTTP/2. */
  isUpgrade: boolean;
  /** What the call is, where it is one: who may ask depends on it. */
  call: CallName | undefined;
  /** A proof was sent, of a key that was given to this origin. Whether it is valid is seen once the body is read. */
  hasProof: boolean;
}

export interface GateRules {
  allowedHosts: ReadonlySet<string>;
  /** Chromium extension IDs. */
  allowedExtensions: ReadonlySet<string>;
}

export interface Refusal {
  status: 400 | 403 | 404 | 405 | 413 | 415 | 429;
  code: ErrorCode;
  message: string;
  fix?: string;
  /** With `unsupported-version`: what this companion speaks. */
  versions?: number[];
}

export const createGateRules = (hosts: readonly string[] = [], extensions: readonly string[] = []): GateRules => ({
  allowedHosts: new Set(['localhost', '127.0.0.1', '[::1]', ...hosts]),
  allowedExtensions: new Set([...KNOWN_EXTENSION_IDS, ...extensions]),
});

/** A host and nothing else: a user name, a path or a space has no place in it. */
const HOST = /^(\[[0-9a-f:]+\]|[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::(\d{1,5}))?$/i;

export function isAllowedHost(host: string | undefined, { allowedHosts }: GateRules): boolean {
  const [, given, port = '0'] = HOST.exec(host ?? '') ?? [];
  if (given === undefined || Number(port) > 65_535) return false;
  const name = given.toLowerCase();
  return allowedHosts.has(name) || /^(?:[a-z0-9-]+\.)+localhost$/.test(name);
}

/** Chromium IDs are pinned; Firefox gives each profile a random one, so any of its form passes. */
const EXTENSION_ORIGIN =
  /^(?:chrome-extension:\/\/([a-p]{32})|moz-extension:\/\/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** `known`: may ask as a holder. `unknown`: an extension, but not one of ours: a store's build, one's own. */
export function extensionOf(origin: string, { allowedExtensions }: GateRules): 'known' | 'unknown' | undefined {
  const match = EXTENSION_ORIGIN.exec(origin);
  if (match === null) return undefined;
  return match[1] === undefined || allowedExtensions.has(match[1]) ? 'known' : 'unknown';
}

/** What an extension that nobody knows may ask, so that no install is a dead end: the rest once it is paired. */
const OPEN_CALLS: ReadonlySet<CallName | undefined> = new Set<CallName>(['hello', 'pair']);

/** `undefined`: may come in. */
export function refuse(
  { method, contentType, host, origin, isUpgrade, call, hasProof }: GateFacts,
  rules: GateRules,
): Refusal | undefined {
  if (method !== 'POST') return { status: 405, code: 'method-not-allowed', message: 'Every call is a POST.' };
  if (!isAllowedHost(host, rules))
    return {
      status: 403,
      code: 'refused',
      message: 'The Host header names a host that this companion does not answer to.',
      fix: 'Ask by localhost, or name the host in options.allowedHosts.',
    };
  if (origin === undefined) {
    if (!hasProof)
      return {
        status: 403,
        code: 'refused',
        message: 'A call without an Origin needs a proof of pairing.',
        fix: 'Ask from the Sessionscope panel, or pair first.',
      };
  } else {
    const extension = extensionOf(origin, rules);
    if (extension === undefined)
      return { status: 403, code: 'refused', message: 'The Origin is not an extension: no web page may ask.' };
    if (extension === 'unknown' && !OPEN_CALLS.has(call) && !hasProof)
      return {
        status: 403,
        code: 'not-paired',
        message: 'The Origin is an extension that this companion does not know, and it is not paired.',
        fix: 'Pair it, or add its ID to options.allowedExtensions.',
      };
  }
  if (isUpgrade) return { status: 403, code: 'refused', message: 'No call takes an Upgrade.' };
  if (contentType?.split(';', 1)[0]?.trim().toLowerCase() !== 'application/json')
    return { status: 415, code: 'wrong-content-type', message: 'Calls are JSON: content-type application/json.' };
  return undefined;
}

/** Loopback, IPv4 mapped into IPv6 included. */
export const isLoopback = (address: string | undefined): boolean =>
  address !== undefined && (address === '::1' || /^(?:::ffff:)?127(?:\.\d{1,3}){3}$/.test(address));
