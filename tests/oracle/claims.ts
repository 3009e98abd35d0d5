/** What the panel's model claims: one object of questions, so that a test can plant a lie in it. */
import type { ExchangeRecord, LineageRow, TimelineItem } from '../../model/index.ts';
import { requestsIn } from '../../model/history/session-requests.ts';
import { lineageView } from '../../model/views/lineage-view.ts';
import { cookieView } from '../../model/views/cookie-view.ts';
import {
  clocksClaim,
  concurrentClaim,
  diffClaim,
  historyClaim,
  lastWriteClaim,
  memoryClaim,
  outcomeClaim,
  relationClaim,
  savedClaim,
  sizeClaim,
  storeClaim,
} from '../../model/views/claims.ts';
import { deletedBy } from '../../model/history/lineage.ts';
import { sessionAt } from '../../model/history/moment.ts';

export const MODEL_CLAIMS = {
  session: sessionAt,
  memory: memoryClaim,
  store: storeClaim,
  saved: savedClaim,
  relation: relationClaim,
  lastWrite: lastWriteClaim,
  history: historyClaim,
  diff: diffClaim,
  outcome: outcomeClaim,
  size: sizeClaim,
  clocks: clocksClaim,
  atOnce: concurrentClaim,
  deletedBy,
  server: (exchange: ExchangeRecord) => exchange.life.started?.server,
  sentences: ({ finished }: ExchangeRecord): string[] =>
    finished === undefined ? [] : [finished.verdict.record.text, finished.verdict.cookie.text],
  lineage: (items: readonly TimelineItem[], exchange: ExchangeRecord): readonly LineageRow[] =>
    lineageView(items, requestsIn(items), exchange, { tabOf: () => undefined })?.rows ?? [],
  cookieSteps: (items: readonly TimelineItem[], exchange: ExchangeRecord) => cookieView(items, exchange).steps,
};
export type Claims = typeof MODEL_CLAIMS;
