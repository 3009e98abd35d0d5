/**
 * Who may come in at all: the same rule for every call at both doors. Each line of it is the lesson of a tool that
 * was attacked through an endpoint like this one; docs/security.md names them.
 */
import { CHROMIUM_EXTENSION_ID } from '../../../../extension-identity.ts';
import type { ErrorCode } from '../../../../protocol/index.ts';

export interface GateFacts {
  method: string;
  contentType: string | undefined;
  host: string | undefined;
  origin: string | undefined;
  /** The connection is asked to become something else: a WebSocket, HTTP/2. */
  isUpgrade: boolean;
  /** A token that this companion issued was sent. */
  hasToken: boolean;
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
  mend?: string;
  /** With `unsupported-version`: what this companion speaks. */
  versions?: number[];
}

export const createGateRules = (hosts: readonly string[] = [], extensions: readonly string[] = []): GateRules => ({
  allowedHosts: new Set(['localhost', '127.0.0.1', '[::1]', ...hosts]),
  allowedExtensions: new Set([CHROMIUM_EXTENSION_ID, ...extensions]),
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

export function isExtensionOrigin(origin: string, { allowedExtensions }: GateRules): boolean {
  const match = EXTENSION_ORIGIN.exec(origin);
  return match !== null && (match[1] === undefined || allowedExtensions.has(match[1]));
}

/** `undefined`: may come in. */
export function refuse(
  { method, contentType, host, origin, isUpgrade, hasToken }: GateFacts,
  rules: GateRules,
): Refusal | undefined {
  if (method !== 'POST') return { status: 405, code: 'method-not-allowed', message: 'Every call is a POST.' };
  if (!isAllowedHost(host, rules))
    return {
      status: 403,
      code: 'refused',
      message: 'The Host header names a host that this companion does not answer to.',
      mend: 'Ask by localhost, or name the host in options.allowedHosts.',
    };
  if (origin === undefined) {
    if (!hasToken)
      return {
        status: 403,
        code: 'refused',
        message: 'A call without an Origin needs a token.',
        mend: 'Ask from the Sessionscope panel, or pair first.',
      };
  } else if (!isExtensionOrigin(origin, rules))
    return {
      status: 403,
      code: 'refused',
      message: 'The Origin is not an extension that this companion knows.',
      mend: 'A build of your own: name its ID in options.allowedExtensions.',
    };
  if (isUpgrade) return { status: 403, code: 'refused', message: 'No call takes an Upgrade.' };
  if (contentType?.split(';', 1)[0]?.trim().toLowerCase() !== 'application/json')
    return { status: 415, code: 'wrong-content-type', message: 'Calls are JSON: content-type application/json.' };
  return undefined;
}

/** Loopback, IPv4 mapped into IPv6 included. */
export const isLoopback = (address: string | undefined): boolean =>
  address !== undefined && (address === '::1' || /^(?:::ffff:)?127(?:\.\d{1,3}){3}$/.test(address));
