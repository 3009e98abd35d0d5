/** The same requests over HTTP/2, on a connection of their own each. What its client will not send is closed at once. */
import { type ClientHttp2Session, connect, type IncomingHttpHeaders, type IncomingHttpStatusHeader } from 'node:http2';
import { NO_ANSWER, type RawAnswer, type RawRequest, TIMEOUT_MS } from './raw-http.ts';

/** Rejects where nothing listens, or nothing moves. */
export function exchangeHttp2(port: number, request: RawRequest): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const client = connect(`http://127.0.0.1:${port}`);
    client.setTimeout(TIMEOUT_MS, () => {
      client.destroy();
      reject(new Error(`no answer within ${TIMEOUT_MS / 1_000} s`));
    });
    const close = () => (client.destroy(), resolve(NO_ANSWER));
    client.on('error', (error: NodeJS.ErrnoException) => (error.code === 'ECONNREFUSED' ? reject(error) : close()));
    try {
      ask(client, request, (answer) => (client.destroy(), resolve(answer)), close);
    } catch {
      close();
    }
  });
}

function ask(
  client: ClientHttp2Session,
  { method, target, headers, body }: RawRequest,
  answered: (answer: RawAnswer) => void,
  closed: () => void,
): void {
  const lines = headers.flatMap(([name, value]) => {
    const key = name.toLowerCase();
    // Whose connection it is, HTTP/2 does not say in a header.
    return key === 'connection' ? [] : [key === 'host' ? ':authority' : key, value];
  });
  const stream = client.request([':method', method, ':path', target, ':scheme', 'http', ...lines], {
    endStream: body === '',
  });
  let head: IncomingHttpHeaders & IncomingHttpStatusHeader = {};
  let text = '';
  stream.setEncoding('utf8');
  stream.on('response', (given) => (head = given));
  stream.on('data', (piece: string) => (text += piece));
  stream.on('error', closed);
  stream.on('end', () => answered(answerOf(head, text)));
  if (body !== '') stream.end(Buffer.from(body, 'latin1'));
}

function answerOf(head: IncomingHttpHeaders & IncomingHttpStatusHeader, body: string): RawAnswer {
  const headers = new Map(Object.entries(head).map(([name, value]) => [name, String(value)]));
  return {
    status: head[':status'] ?? 0,
    headers,
    setCookies: (head['set-cookie'] ?? []).map((line) => line.split(';', 1)[0]!),
    body,
    raw: [...headers].map(([name, value]) => `${name}: ${value}\r\n`).join('') + body,
  };
}
