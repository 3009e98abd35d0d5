/**
 * How a call of getIronSession reads and writes cookies, seen as it happens: the request and response that the app has
 * handed over, or its store of cookies (`await cookies()` of Next.js) or its jar, of which no call more is made than the
 * library makes.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { cookiesOf, type SentCookie } from '../../core/sent-cookies.ts';
import { lastSetValue } from '../../core/set-cookie.ts';
import { isResponse } from '../../kit/hosts/response.ts';
import type { IronOptions } from './types.ts';

export interface CookieAccess {
  /** What the library is to be called with. */
  readonly args: unknown[];
  /** Where the app has handed over what is Node's. */
  readonly given: { request: IncomingMessage; response: ServerResponse } | undefined;
  readonly options: IronOptions | undefined;
  /** The cookies from which the library has made the session. */
  sent(): SentCookie[];
  /** The value of a cookie that the library has written; `undefined`: none, or it can't be seen. */
  written(name: string): string | undefined;
}

interface WebLike {
  headers?: { get?: unknown; getSetCookie?: () => string[] };
  getSetCookie?: () => string[];
}

export function accessOf(args: readonly unknown[]): CookieAccess {
  const [first, second, options] = args;
  if (options === undefined) return storeAccess(args, first, second);
  const { headers } = first as { headers?: IncomingMessage['headers'] & { get?: (name: string) => string | null } };
  const isWeb = typeof headers?.get === 'function';
  return {
    args: [...args],
    given: isWeb || !isNodeResponse(second) ? undefined : { request: first as IncomingMessage, response: second },
    options: options as IronOptions,
    sent: () => cookiesOf((isWeb ? headers.get!('cookie') : headers?.cookie) ?? undefined),
    written: (name) => lastSetValue(setCookiesOf(second), name),
  };
}

const isNodeResponse = (response: unknown): response is ServerResponse =>
  typeof response === 'object' && response !== null && isResponse(response);

function setCookiesOf(response: unknown): string[] {
  if (isNodeResponse(response)) return [response.getHeader('set-cookie') ?? []].flat().map(String);
  const { headers, getSetCookie } = (response ?? {}) as WebLike;
  if (typeof getSetCookie === 'function') return getSetCookie.call(response);
  return headers?.getSetCookie?.() ?? [];
}

type Method = (...args: unknown[]) => unknown;

/** A store has `get` and `set`, a jar `read` and `write`. */
function storeAccess(args: readonly unknown[], first: unknown, options: unknown): CookieAccess {
  const read = new Map<string, string>();
  const written = new Map<string, string>();
  const seen = (name: string, given: unknown[], result: unknown): void => {
    const [cookie, value] = given as [string, string];
    if (name === 'set' || name === 'write') written.set(cookie, value);
    const found =
      name === 'get' ? (result as { value?: unknown } | undefined)?.value : name === 'read' ? result : undefined;
    // What it reads back once it has written is not what the session was made of.
    if (typeof found === 'string' && written.size === 0) read.set(cookie, found);
  };
  return {
    args: typeof first === 'object' && first !== null ? [watched(first, seen), ...args.slice(1)] : [...args],
    given: undefined,
    options: options as IronOptions | undefined,
    sent: () => [...read].map(([name, value]) => ({ name, value })),
    written: (name) => written.get(name),
  };
}

/** The same object, of which the calls are seen; methods run on it itself, which may have private fields. */
function watched(target: object, seen: (name: string, args: unknown[], result: unknown) => void): object {
  return new Proxy(target, {
    get(_target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function' || typeof name !== 'string') return value;
      return (...args: unknown[]): unknown => {
        const result = Reflect.apply(value as Method, target, args);
        try {
          seen(name, args, result);
        } catch {
          // Only seen less.
        }
        return result;
      };
    },
  });
}
