/** What stands between a browser and an app: a port mapping, a proxy that buffers, another name. */
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ProxyOptions {
  /** A port mapping leaves the companion's own listener out of reach. */
  hidesDirectListener?: boolean;
  /** Buffers a stream until it ends. */
  buffers?: boolean;
  /** The socket that the app names is out of reach too: a container's. */
  hidesSocket?: boolean;
  /** Passes only headers on that it knows: ours is none of them. */
  removesHeader?: boolean;
}

export interface ReverseProxy extends AsyncDisposable {
  origin: string;
  /** What came through: method and path. */
  requests: string[];
}

/** Where nobody listens. */
const NOWHERE = 'http://127.0.0.1:1';

/** Passes everything on to `target`, the Host header included. */
export async function startReverseProxy(
  target: string,
  { hidesDirectListener = false, buffers = false, hidesSocket = false, removesHeader = false }: ProxyOptions = {},
): Promise<ReverseProxy> {
  const requests: string[] = [];
  const server: Server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    const { 'accept-encoding': _encoding, ...headers } = request.headers;
    const upstream = httpRequest(target + request.url, { method: request.method, headers }, (answer) => {
      const isStream = answer.headers['content-type']?.startsWith('text/event-stream') === true;
      const { 'content-length': _length, 'transfer-encoding': _transfer, ...rest } = answer.headers;
      const found = rest['sessionscope'];
      if (removesHeader) delete rest['sessionscope'];
      if (hidesSocket && typeof found === 'string')
        rest['sessionscope'] = found.replace(/at="[^"]*"/, `at="${NOWHERE}"`);
      response.writeHead(answer.statusCode!, rest);
      if (isStream && !buffers) {
        answer.pipe(response);
        return;
      }
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        const body = Buffer.concat(chunks).toString();
        response.end(
          hidesDirectListener
            ? body.replace(/"directListener":\{"origin":"[^"]*"/, `"directListener":{"origin":"${NOWHERE}"`)
            : body,
        );
      });
    });
    upstream.on('error', () => response.destroy());
    response.on('close', () => upstream.destroy());
    request.pipe(upstream);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    requests,
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
