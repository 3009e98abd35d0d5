/** A WebSocket's handshake on a library that is a middleware of Node's own: it gets the request, and no response. */
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ScenarioSession, Variant } from '../scenario.ts';
import { answerOf } from './collected-answer.ts';
import type { Points } from './serve-routes.ts';

/** RFC 6455, 1.3. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

export interface SocketServing {
  /** Loads the session, as before a request. */
  load: (request: IncomingMessage, then: () => void) => void;
  sessionOf: (request: IncomingMessage) => ScenarioSession;
  points: Points;
}

/** The route's handler runs while the socket is open; with its answer the socket is closed. */
export const openSocket =
  (variant: Variant, { load, sessionOf, points }: SocketServing) =>
  (request: IncomingMessage, socket: Duplex): void =>
    load(request, () => {
      const { headers, url = '/' } = request;
      const accept = createHash('sha1').update(`${headers['sec-websocket-key']}${GUID}`).digest('base64');
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
      );
      answerOf(variant, {
        method: 'GET',
        path: url,
        host: headers.host ?? '',
        header: (name) => headers[name.toLowerCase()] as string | undefined,
        session: sessionOf(request),
        response: socket as unknown as Pick<ServerResponse, 'once'>,
        points,
      }).then(
        () => socket.end(),
        (error: Error) => socket.destroy(error),
      );
    });
