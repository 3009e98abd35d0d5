/** Sessions for plain `node:http`. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { notify } from '../observer.ts';
import type { AnyData } from '../data-types.ts';
import type { Session } from '../session.ts';
import type { Sessions } from '../core.ts';
import type { SessionLogger } from '../settings.ts';
import { beginExchange } from './exchange.ts';
import { headerText } from './header-changes.ts';
import { holdResponse } from './held-response.ts';

export type SessionHandler<Data extends object> = (
  request: IncomingMessage,
  response: ServerResponse,
  session: Session<Data>,
) => unknown;

/** A request listener for `createServer` whose handler gets the request's session. */
export function nodeSessions<Data extends object = AnyData>(
  sessions: Sessions<Data>,
  handler: SessionHandler<Data>,
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    attachSession(
      sessions,
      request,
      response,
      '',
      (error) => answerError(sessions.settings.logger, response, error),
      (session) => {
        try {
          const result = handler(request, response, session);
          if (result instanceof Promise)
            result.catch((error: unknown) => answerError(sessions.settings.logger, response, error));
        } catch (error) {
          answerError(sessions.settings.logger, response, error);
        }
      },
    );
  };
}

/**
 * Gives a request of Node's its session, and runs `next` with it. `fail` is called where the session could not be
 * saved, with the response still to be written.
 */
export function attachSession<Data extends object>(
  sessions: Sessions<Data>,
  request: IncomingMessage,
  response: ServerResponse,
  mount: string,
  fail: (error: unknown) => void,
  next: (session: Session<Data>) => void,
): void {
  const { observer } = sessions.settings;
  if (observer?.intercept !== undefined && notify(() => observer.intercept!(request, response)) === true) return;
  const exchange = beginExchange(sessions, {
    cookieHeader: request.headers.cookie,
    host: request.headers.host,
    method: request.method ?? 'GET',
    url: (request as { originalUrl?: string }).originalUrl ?? request.url ?? '/',
    // Express knows which proxies the app trusts.
    isSecure:
      (request as { secure?: boolean }).secure ?? (request.socket as { encrypted?: boolean }).encrypted === true,
    request,
    response,
    mount,
    changeHeader: (name, change) => {
      response.setHeader(name, change(headerText(response.getHeader(name))));
    },
  });
  sessions.bind(request, exchange.session);
  holdResponse(response, exchange.finish, fail);
  exchange.run(() => next(exchange.session));
}

/** Status of an error that names one; 500 otherwise. */
export const statusOf = (error: unknown): number => {
  const { status, statusCode } = (error ?? {}) as { status?: unknown; statusCode?: unknown };
  const named = typeof status === 'number' ? status : statusCode;
  return typeof named === 'number' && named >= 400 && named < 600 ? named : 500;
};

function answerError(logger: SessionLogger, response: ServerResponse, error: unknown): void {
  const status = statusOf(error);
  if (status >= 500) logger.warn(error instanceof Error ? (error.stack ?? error.message) : String(error));
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.statusCode = status;
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  response.end(status === 400 ? 'Bad Request (400)' : `Error (${status})`);
}
