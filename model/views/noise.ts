/** Requests that say nothing of the session: what only read it, and files and dead links that came along. */
import type { OperationName } from '../../protocol/index.ts';
import { hasProblem, requestOf } from '../labels/exchange-labels.ts';
import type { ExchangeRecord } from '../recording/records.ts';

/** What leaves a session, its record and its cookie as they were. */
const NOTHING_DONE: ReadonlySet<OperationName> = new Set(['load', 'get', 'create', 'touch']);

/** Whether an exchange only read its session, or not even that. */
export const didNothing = ({ operations }: ExchangeRecord): boolean =>
  operations.every(({ operation }) => NOTHING_DONE.has(operation));

const STATIC_FILE =
  /\.(?:avif|css|eot|gif|ico|jpe?g|js|map|mjs|mp4|otf|png|svg|ttf|txt|wasm|webm|webmanifest|webp|woff2?)$/i;

/** As `Sec-Fetch-Dest` names them. */
const STATIC_DESTS: ReadonlySet<string> = new Set(['audio', 'font', 'image', 'manifest', 'script', 'style', 'video']);

/** A static file, or a path that there is not, which left the session alone: many of them are one row. */
export function isNoise(exchange: ExchangeRecord): boolean {
  const { started, finished } = exchange;
  if (finished === undefined || !didNothing(exchange) || hasProblem(exchange)) return false;
  return (
    finished.status === 404 ||
    STATIC_FILE.test(requestOf(exchange).path) ||
    (started?.dest !== undefined && STATIC_DESTS.has(started.dest))
  );
}
