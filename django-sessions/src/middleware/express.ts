/** Sessions for Express 4 and 5, and for Connect. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AnyData } from '../data-types.ts';
import type { Sessions } from '../core.ts';
import { attachSession } from './node-http.ts';

export type ExpressMiddleware = (
  request: IncomingMessage & { baseUrl?: string },
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

/**
 * Middleware: `app.use(expressSessions(sessions))`. Handlers take the session from `sessions.of(request)`, typed, or
 * from `request.session`. A session that could not be saved goes to the app's error handlers, a `SessionInterrupted`
 * with its status 400 among them.
 */
export function expressSessions<Data extends object = AnyData>(sessions: Sessions<Data>): ExpressMiddleware {
  return function session(
    request: IncomingMessage & { baseUrl?: string },
    response: ServerResponse,
    next: (error?: unknown) => void,
  ): void {
    attachSession(sessions, request, response, request.baseUrl ?? '', next, (made) => {
      (request as { session?: unknown }).session = made;
      next();
    });
  };
}
