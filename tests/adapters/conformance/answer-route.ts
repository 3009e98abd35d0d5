/** What subjects on Node's own response share. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answer, Routes, SubjectSession } from './subject.ts';

/** Answers a request by the suite's routes. What a handler throws is the host's to answer. */
export async function answerRoute(
  routes: Routes,
  request: IncomingMessage,
  response: ServerResponse,
  session: SubjectSession,
): Promise<void> {
  const route = routes[(request.url ?? '/').split('?', 1)[0]!];
  if (route === undefined) return respond(response, 404);
  respond(response, await route({ session, begin: (text) => begin(response, text) }));
}

function begin(response: ServerResponse, text: string): void {
  response.writeHead(200, { 'Content-Type': 'text/plain' });
  response.write(text);
}

function respond(response: ServerResponse, given: Answer): void {
  // The head is left to Node, as most apps do: it writes none once the client has gone.
  if (typeof given === 'string') response.setHeader('Content-Type', 'text/plain').end(given);
  else if (typeof given === 'number') response.writeHead(given).end();
  else if (given === undefined) response.end();
  else redirect(response, given.to);
}

/** With a body, as frameworks redirect: express-session sends the head of such a response before it has saved. */
function redirect(response: ServerResponse, to: string): void {
  const body = `See ${to}`;
  response.statusCode = 303;
  response.setHeader('Location', to);
  response.setHeader('Content-Length', Buffer.byteLength(body));
  response.end(body);
}
