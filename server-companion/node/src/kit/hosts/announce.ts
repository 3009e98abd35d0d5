/** Puts the discovery header on a response of Node's. */
import type { ServerResponse } from 'node:http';
import { DISCOVERY_HEADER } from '../../../../../protocol/index.ts';
import { headerWith } from '../../core/discovery-item.ts';
import { headerPairs } from './response.ts';

/** As the head is written and not before: error handlers take off what was put on a response. */
export function announceLast(response: ServerResponse, item: string): void {
  const { writeHead } = response;
  const announced = function (this: ServerResponse, ...args: unknown[]) {
    response.writeHead = writeHead;
    let given = args;
    try {
      given = withItem(response, args, item);
    } catch {
      // The response leaves without it.
    }
    return Reflect.apply(writeHead, this, given) as ServerResponse;
  };
  response.writeHead = announced as typeof writeHead;
}

/** `writeHead(status, message?, headers?)` with one header more, its own arguments unchanged. */
function withItem(response: ServerResponse, args: unknown[], item: string): unknown[] {
  const set = response.getHeader(DISCOVERY_HEADER);
  const last = args.at(-1);
  if (set !== undefined || typeof last !== 'object' || last === null) {
    response.setHeader(DISCOVERY_HEADER, headerWith(response, set, item));
    return args;
  }
  return [...args.slice(0, -1), headersWith(response, last, item)];
}

const isDiscovery = (name: unknown) =>
  typeof name === 'string' && name.toLowerCase() === DISCOVERY_HEADER.toLowerCase();

/** `headers` as `writeHead` takes them, in the same form. What stands there of our header was copied from elsewhere. */
function headersWith(response: ServerResponse, headers: object, item: string): unknown {
  const pairs = headerPairs(headers);
  const given = pairs.find(([name]) => isDiscovery(name))?.[1];
  const all = [
    ...pairs.filter(([name]) => !isDiscovery(name)),
    [DISCOVERY_HEADER, headerWith(response, given, item)] as const,
  ];
  if (!Array.isArray(headers)) return Object.fromEntries(all as [string, unknown][]);
  return Array.isArray(headers[0]) ? all : all.flat();
}
