/**
 * Node's response, delayed until its session is saved: the cookie and the 400 of an interrupted session must be
 * known before the first byte leaves. As in Django, what a handler does to the session while its body streams is too
 * late.
 */
import type { OutgoingHttpHeader, ServerResponse } from 'node:http';
import { type ResponseChanges, varyWithCookie } from './exchange.ts';
import { headerText } from './header-changes.ts';

type Finish = (status: number) => ResponseChanges | Promise<ResponseChanges>;
type Method = 'writeHead' | 'write' | 'end' | 'flushHeaders';

/**
 * Calls `finish` before the headers leave, and `fail`, with the response as it was before the handler, where it
 * rejects.
 */
export function holdResponse(response: ServerResponse, finish: Finish, fail: (error: unknown) => void): void {
  const before = new Map(response.getHeaderNames().map((name) => [name, response.getHeader(name)!]));
  const { statusCode, statusMessage } = response;
  const original = {
    writeHead: response.writeHead,
    write: response.write,
    end: response.end,
    flushHeaders: response.flushHeaders,
  };
  const queue: [Method, unknown[]][] = [];
  let isHeld = false;

  const call = (method: Method, args: unknown[]): unknown =>
    Reflect.apply(original[method] as (...args: unknown[]) => unknown, response, args);

  const release = (): void => {
    Object.assign(response, original);
    if (isHeld) delete (response as { headersSent?: boolean }).headersSent;
    isHeld = false;
  };

  const apply = ({ varyOnCookie, setCookie }: ResponseChanges): void => {
    if (varyOnCookie) response.setHeader('Vary', varyWithCookie(headerText(response.getHeader('vary'))));
    if (setCookie !== undefined) response.appendHeader('Set-Cookie', setCookie);
  };

  const sendHeld = (changes: ResponseChanges): void => {
    release();
    apply(changes);
    let wasWritten = false;
    for (const [method, args] of queue) {
      wasWritten ||= method === 'write';
      call(method, args);
    }
    // A stream that had to wait goes on.
    if (wasWritten && !response.writableNeedDrain && !response.writableEnded) response.emit('drain');
  };

  const giveUp = (error: unknown): void => {
    release();
    for (const name of response.getHeaderNames()) response.removeHeader(name);
    for (const [name, value] of before) response.setHeader(name, value);
    response.statusCode = statusCode;
    response.statusMessage = statusMessage;
    fail(error);
  };

  /** The first call that would send something. */
  const begin = (method: Method, args: unknown[]): unknown => {
    const sent = method === 'writeHead' ? [takeHead(response, args)] : args;
    let changes: ResponseChanges | Promise<ResponseChanges>;
    try {
      changes = finish(response.statusCode);
    } catch (error) {
      giveUp(error);
      return method === 'write' ? false : response;
    }
    if (!(changes instanceof Promise)) {
      release();
      apply(changes);
      return call(method, sent);
    }
    isHeld = true;
    Object.defineProperty(response, 'headersSent', { value: true, configurable: true });
    queue.push([method, sent]);
    changes.then(sendHeld, giveUp);
    return method === 'write' ? false : response;
  };

  const hook =
    (method: Method) =>
    (...args: unknown[]): unknown => {
      if (!isHeld) return begin(method, args);
      queue.push([method, args]);
      return method === 'write' ? false : response;
    };

  response.writeHead = hook('writeHead') as typeof response.writeHead;
  response.write = hook('write') as typeof response.write;
  response.end = hook('end') as typeof response.end;
  response.flushHeaders = hook('flushHeaders') as typeof response.flushHeaders;
}

/** Puts what `writeHead(status, message?, headers?)` names on the response; returns the status. */
function takeHead(response: ServerResponse, [status, ...rest]: unknown[]): number {
  response.statusCode = status as number;
  if (typeof rest[0] === 'string') response.statusMessage = rest.shift() as string;
  const headers = rest.find((value) => typeof value === 'object' && value !== null);
  if (Array.isArray(headers)) {
    const pairs: [string, string][] = Array.isArray(headers[0])
      ? (headers as [string, string][])
      : (headers.flatMap((name: string, index) => (index % 2 === 0 ? [[name, headers[index + 1] as string]] : [])) as [
          string,
          string,
        ][]);
    for (const [name] of pairs) response.removeHeader(name);
    for (const [name, value] of pairs) response.appendHeader(name, value);
  } else
    for (const [name, value] of Object.entries((headers as Record<string, OutgoingHttpHeader | undefined>) ?? {}))
      if (value !== undefined) response.setHeader(name, value);
  return status as number;
}
