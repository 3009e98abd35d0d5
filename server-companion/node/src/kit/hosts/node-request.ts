/** A request of Node's, as a middleware between the app and its server gets it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { hostOf } from '../../core/endpoint/inside.ts';
import type { ObservedExchange, RequestParts } from '../observed-exchange.ts';
import { announceLast } from './announce.ts';

/** With what Express adds, where it is Express. */
export type NodeRequest = IncomingMessage & { originalUrl?: string; baseUrl?: string };

/** `url`: as it came in, where a host keeps it elsewhere. */
export function partsOf(request: NodeRequest, url: string | undefined = request.originalUrl): RequestParts {
  const { socket, headers, method } = request;
  return {
    method,
    url: url ?? request.url,
    isSecure: (socket as { encrypted?: boolean } | undefined)?.encrypted === true,
    headers,
    host: hostOf(request),
    peer: socket?.remoteAddress,
  };
}

/** Has the discovery header put on the response: one item of a list for each observed middleware. */
export function announceOn(
  { id, observed }: ObservedExchange,
  request: NodeRequest,
  response: ServerResponse,
  mount = request.baseUrl ?? '',
): void {
  if (response.headersSent) return;
  const item = observed.announce({ mount, host: hostOf(request), socket: request.socket }, id);
  if (item !== undefined) announceLast(response, item);
}
