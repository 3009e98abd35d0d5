/** Requests as bytes and answers as text, over a socket of their own each. Nothing here knows the endpoint. */
import { connect } from 'node:net';

export interface RawRequest {
  method: string;
  target: string;
  /** As they are sent, in this order. */
  headers: readonly (readonly [name: string, value: string])[];
  body: string;
}

export interface RawAnswer {
  /** 0: the connection was closed without an answer. */
  status: number;
  headers: Map<string, string>;
  /** Each cookie that is set, as `name=value`. */
  setCookies: readonly string[];
  body: string;
  /** Everything that came. */
  raw: string;
}

/** The connection was closed without one. */
export const NO_ANSWER: RawAnswer = { status: 0, headers: new Map(), setCookies: [], body: '', raw: '' };

/** After this, a server that may still wait for the rest of a malformed request is shown that there is none. */
const PATIENCE_MS = 1_000;
/** One that says nothing for so long holds a connection for nothing. */
export const TIMEOUT_MS = 30_000;

export const bytesOf = ({ method, target, headers, body }: RawRequest): string =>
  `${method} ${target} HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`;

/**
 * Sends bytes on a connection of its own; resolves with all that came until it closed. Rejects where nothing moves.
 * `isWhole`: they are a request to its end.
 */
export function exchange(port: number, bytes: string, isWhole: boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, '127.0.0.1');
    const patience = isWhole ? undefined : setTimeout(() => socket.end(), PATIENCE_MS);
    const finish = () => {
      clearTimeout(patience);
      resolve(Buffer.concat(chunks).toString('utf8'));
    };
    socket.setTimeout(TIMEOUT_MS, () => {
      socket.destroy();
      reject(new Error(`no answer within ${TIMEOUT_MS / 1_000} s`));
    });
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      // As any client: some servers read on until it has gone.
      if (isWhole && isWholeAnswer(Buffer.concat(chunks).toString('latin1'))) socket.end();
    });
    // A server may reset a connection whose request it does not want to read to its end.
    socket.on('error', (error: NodeJS.ErrnoException) => (error.code === 'ECONNREFUSED' ? reject(error) : finish()));
    socket.on('close', finish);
    socket.write(Buffer.from(bytes, 'latin1'));
  });
}

export function parseAnswer(raw: string): RawAnswer {
  const end = raw.indexOf('\r\n\r\n');
  const [line = '', ...lines] = raw.slice(0, Math.max(0, end)).split('\r\n');
  const headers = new Map(
    lines.map((each) => [each.slice(0, each.indexOf(':')).toLowerCase(), each.slice(each.indexOf(':') + 1).trim()]),
  );
  const setCookies = lines.flatMap((line) => /^set-cookie: *([^;]*)/i.exec(line)?.[1] ?? []);
  const rest = raw.slice(end + 4);
  const body = headers.get('transfer-encoding') === 'chunked' ? dechunked(rest) : rest;
  return { status: Number(line.split(' ')[1] ?? 0) || 0, headers, setCookies, body, raw };
}

/** Whether the answer's length is known, and reached. */
function isWholeAnswer(bytes: string): boolean {
  const end = bytes.indexOf('\r\n\r\n');
  const length = /^content-length: *(\d+)/im.exec(bytes.slice(0, Math.max(0, end)))?.[1];
  return length !== undefined && bytes.length >= end + 4 + Number(length);
}

/** Lengths count bytes. */
function dechunked(text: string): string {
  const bytes = Buffer.from(text);
  let content = '';
  for (let at = 0; ;) {
    const end = bytes.indexOf('\r\n', at);
    const length = Number.parseInt(bytes.subarray(at, end).toString(), 16);
    if (end < 0 || !(length > 0)) return content;
    content += bytes.subarray(end + 2, end + 2 + length).toString();
    at = end + 4 + length;
  }
}

/** Bytes beyond ASCII travel as UTF-8. */
export const utf8 = (text: string): string => Buffer.from(text).toString('latin1');
