/** Requests and answers as bytes: a client that hides nothing. */
import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  status: string;
  /** `Name: value` as sent, in the order sent. */
  headers: string[];
  /** Hex, chunked framing included. */
  body: string;
}

/** Sends `text` on a connection of its own; resolves with all that came until the server closed it. */
export function exchangeBytes(
  port: number,
  text: string,
  socket: Socket = connect(port, '127.0.0.1'),
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.once('error', reject);
    socket.once('close', () => resolve(Buffer.concat(chunks)));
    socket.write(text);
  });
}

export function parseAnswer(bytes: Buffer): RawAnswer {
  const end = bytes.indexOf('\r\n\r\n');
  const [status = '', ...headers] = bytes.subarray(0, end).toString('latin1').split('\r\n');
  return { status, headers, body: bytes.subarray(end + 4).toString('latin1') };
}

export interface RawRequest {
  method?: string;
  path: string;
  headers?: Record<string, string>;
  body?: string;
}

export const writeRequest = ({ method = 'GET', path, headers = {}, body }: RawRequest): string =>
  [
    `${method} ${path} HTTP/1.1`,
    'Host: app.localhost',
    'Connection: close',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...(body === undefined ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]),
    '',
    body ?? '',
  ].join('\r\n');
