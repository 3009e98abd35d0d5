import type { ExchangeRecord } from '../recording/records.ts';
import { numberText, requestOf } from './exchange-labels.ts';

/** Why a request has no lineage. */
export function noLineageLabel(exchange: ExchangeRecord): string {
  const { started, finished, isCutOff } = exchange;
  const { method, path } = requestOf(exchange);
  const request = `${numberText(exchange)} ${method} ${path}`.trim();
  if (started === undefined) return `Of ${request} no session is known: its start was not recorded.`;
  const { name, sent, signature } = started.cookie;
  const why =
    sent === 0
      ? `${request} brought no ${name}`
      : signature === 'invalid'
        ? `${request} brought a ${name} whose signature is not valid for this server's secret`
        : `${request} brought a ${name} from which no session key can be read`;
  if (finished !== undefined) return `${why}, and was given none: it has no session that could have a lineage.`;
  return isCutOff === true
    ? `${why}. The server went away before it reported whether it was given one.`
    : `${why}. It still runs: it has no session key yet.`;
}
