/** Whether each chain of *why* is so: its links against what the model holds, its cause against the program. */
import { whySession } from '../../model/findings/why-session.ts';
import { whyValue } from '../../model/findings/why-value.ts';
import { isWrite } from '../../model/history/writes.ts';
import { memoriesOf } from '../../model/history/memory.ts';
import { lastWriteClaim, type PanelModel, sentenceText, type Why } from '../../model/index.ts';
import type { ExchangeRecord } from '../../model/recording/records.ts';
import { partsOf } from '../../model/values/parts.ts';
import type { Program } from '../oracle/programs.ts';
import { planOf, requestNumber, writesKey } from './so.ts';

const reported = ({ question, links, open }: Why): string =>
  [
    sentenceText(question),
    ...links.map(
      ({ exchange, operation, text }) => `#${exchange.number} ${operation?.operation ?? ''} ${sentenceText(text)}`,
    ),
    ...(open === undefined ? [] : [`… ${sentenceText(open)}`]),
  ].join('\n  ');

export interface WhyTally {
  faults: string[];
  /** Chains that lead to a cause, and those that say where they stop. */
  closed: number;
  open: number;
}

/** Asks why of every key that any request of the program had at its end, and of every request. */
export function judgeWhy({ items }: PanelModel, program: Program): WhyTally {
  const tally: WhyTally = { faults: [], closed: 0, open: 0 };
  const all = items.value.filter((item): item is ExchangeRecord => item.kind === 'exchange');
  const keys = new Set(
    all.flatMap((exchange) => (partsOf(memoriesOf(exchange).at(-1) ?? {}) ?? []).map(([step]) => String(step))),
  );
  const note = (why: Why, fault: string | undefined) => {
    if (fault !== undefined) tally.faults.push(`${fault}\n  ${reported(why)}`);
    if (why.open === undefined) tally.closed += 1;
    else tally.open += 1;
  };
  for (const exchange of all) {
    const session = whySession(items.value, exchange);
    if (session !== undefined) note(session, linksFault(session));
    const cursor = { exchange, index: exchange.operations.length };
    for (const key of keys) {
      const why = whyValue(items.value, cursor, [key]);
      if (why === undefined) continue;
      const blame = lastWriteClaim(items.value, cursor, [key]);
      note(why, linksFault(why) ?? causeFault(why, key, program, blame));
    }
  }
  return tally;
}

/** Each link is an event of its request, and none comes after the one that it explains, but for a write that was lost. */
function linksFault({ links, open }: Why): string | undefined {
  if (links.length === 0 && open === undefined) return 'it says nothing';
  for (const { exchange, operation } of links)
    if (operation !== undefined && !exchange.operations.includes(operation)) return 'a link is no event of its request';
  const known = new Set(links.map(({ operation, exchange }) => operation ?? exchange));
  return known.size === links.length ? undefined : 'an event stands in it twice';
}

/** Where it ends at a write, the program has that request write that key, and blame, which the oracle judges, says the same. */
function causeFault(
  { links, open }: Why,
  key: string,
  program: Program,
  blame: ReturnType<typeof lastWriteClaim>,
): string | undefined {
  const last = links.at(-1);
  const cause = open === undefined && last?.operation !== undefined && isWrite(last.operation) ? last : undefined;
  if (cause !== undefined) {
    const { acts } = planOf(program, requestNumber(cause.exchange));
    if (!acts.some(({ act }) => writesKey(act, key))) return 'the program has that request write no such key';
    if (blame.kind === 'write' && blame.isCertain && blame.write.operation !== cause.operation)
      return `blame names another write, of #${blame.write.exchange.number}`;
  } else if (blame.kind === 'write' && blame.isCertain && isWrite(blame.write.operation))
    return `it does not come to the write that blame names, of #${blame.write.exchange.number}`;
  return undefined;
}
