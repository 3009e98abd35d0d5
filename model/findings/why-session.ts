/** Why a request has the session that it has: by its cookie, what set or took it away, and what became of the record. */
import { isRotation } from '../history/lineage.ts';
import type { EventPosition } from '../history/moment.ts';
import { isPathCovered } from '../recording/browser-rules.ts';
import type { ExchangeRecord, TimelineItem } from '../recording/records.ts';
import { recordsIn } from '../recording/stores.ts';
import {
  earlier,
  factBefore,
  hostname,
  hostOf,
  isBroken,
  isSameBrowser,
  middlewareKey,
  middlewareOf,
} from './facts.ts';
import type { At } from './rule.ts';
import { say, type Sentence } from './sentence.ts';
import type { Why, WhyLink } from './why.ts';

type Rest = Pick<Why, 'links' | 'open'>;

/** Why a request ended with the session that it ended with, or with none. */
export function whySession(items: readonly TimelineItem[], exchange: ExchangeRecord): Why | undefined {
  const { started, finished, operations } = exchange;
  if (started === undefined) return undefined;
  const at: At = { items, index: items.lastIndexOf(exchange), exchange };
  const sent = started.cookie.fingerprint;
  const after =
    finished === undefined ? operations.findLast(({ session }) => session !== null)?.session : finished.sessionAfter;
  const question =
    typeof after === 'string' && after !== sent
      ? say`Why did ${{ request: exchange }} get session ${{ session: after }}?`
      : after === null && sent !== undefined
        ? say`Why did ${{ request: exchange }} end without a session?`
        : typeof after === 'string'
          ? say`Why does ${{ request: exchange }} have session ${{ session: after }}?`
          : say`Why has ${{ request: exchange }} no session?`;
  const own = changeOf(exchange, sent, after ?? null);
  if (own !== undefined) return { question, links: own };
  const { links, open } = broughtBy(at);
  return { question, links, ...(open === undefined ? {} : { open }) };
}

/** What the request itself did to change its session; `undefined`: nothing. */
function changeOf(exchange: ExchangeRecord, sent: string | undefined, after: string | null): WhyLink[] | undefined {
  const end = exchange.operations.findLast(
    ({ operation, from, outcome }) =>
      (operation === 'cycle-key' || operation === 'flush') && typeof from === 'string' && outcome !== 'error',
  );
  if (end === undefined || sent === undefined || after === sent) return undefined;
  if (end.operation === 'cycle-key' && typeof after === 'string' && isRotation(exchange, sent, after))
    return [
      {
        exchange,
        operation: end,
        text: say`It replaced the key ${{ session: end.from! }} by ${{ session: end.to ?? after }}: the same session under a new key.`,
      },
    ];
  const ended =
    end.operation === 'flush'
      ? [{ exchange, operation: end, text: say`It ended session ${{ session: end.from! }}.` }]
      : [];
  if (ended.length === 0) return undefined;
  const begun = exchange.operations.find(
    ({ operation, session }) => operation === 'save' && session === after && after !== null,
  );
  return begun === undefined
    ? ended
    : [{ exchange, operation: begun, text: say`It saved a new session after that.` }, ...ended];
}

/** What came with the request, and what the server made of it. */
function broughtBy(at: At): Rest {
  const { exchange } = at;
  const { cookie } = exchange.started!;
  const load = exchange.operations.find(({ operation }) => operation === 'load');
  const begun = exchange.operations.find(({ operation }) => operation === 'create');
  const first: WhyLink[] =
    begun === undefined ? [] : [{ exchange, operation: begun, text: say`It began a new, empty session.` }];
  if (cookie.sent === 0) {
    const rest = whyNotSent(at);
    return {
      ...rest,
      links: [...first, { exchange, text: say`It brought no ${{ code: cookie.name }}.` }, ...rest.links],
    };
  }
  if (cookie.signature === 'invalid' || cookie.signature === 'malformed' || cookie.fingerprint === undefined)
    return {
      links: [
        ...first,
        {
          exchange,
          ...(load === undefined ? {} : { operation: load }),
          text:
            cookie.signature === 'malformed'
              ? say`Its ${{ code: cookie.name }} names no session.`
              : say`The signature of its ${{ code: cookie.name }} is not valid for this server's secret.`,
        },
      ],
      open: say`Who made the cookie was not recorded: the secret may have been changed, or another app signed it.`,
    };
  const session = { session: cookie.fingerprint };
  if (load === undefined)
    return {
      links: [
        ...first,
        { exchange, text: say`It brought the cookie of session ${session}, and nothing asked for it.` },
      ],
    };
  if (load.outcome === 'found') {
    const set = setterOf(at, cookie.fingerprint);
    const links = [
      { exchange, operation: load, text: say`It brought the cookie of session ${session}, and the record was found.` },
    ];
    return set === undefined
      ? {
          links,
          open: say`What set that cookie was not recorded: it is older than the recording, or another client's.`,
        }
      : { links: [...links, { exchange: set, text: say`It had set that cookie.` }] };
  }
  const rest = whyGone(at, cookie.fingerprint, load);
  const what: Sentence =
    load.outcome === 'unreadable'
      ? say`It brought the cookie of session ${session}, and the record could not be read.`
      : load.outcome === 'error'
        ? say`It brought the cookie of session ${session}, and the store failed.`
        : say`It brought the cookie of session ${session}, and there was no record.`;
  return { ...rest, links: [...first, { exchange, operation: load, text: what }, ...rest.links] };
}

/** Set the cookie of a session last before a request came. */
function setterOf(at: At, session: string): ExchangeRecord | undefined {
  for (const other of earlier(at))
    if (
      other.finished?.sessionAfter === session &&
      other.finished.verdict.cookie.outcome === 'set' &&
      isOver(other, at.exchange)
    )
      return other;
  return undefined;
}

const isOver = ({ epoch, finished }: ExchangeRecord, next: ExchangeRecord): boolean =>
  finished !== undefined && (epoch === next.epoch ? finished.seq < next.seq : finished.at < next.at);

/** Why a record is not there. */
function whyGone(at: At, session: string, position: EventPosition): Rest {
  const fact = factBefore(at, session, position);
  const name = { session };
  if (fact?.is === 'gone') {
    const { exchange, operation } = fact;
    switch (operation.operation) {
      case 'flush':
        return { links: [{ exchange, operation, text: say`It ended session ${name} and deleted the record.` }] };
      case 'cycle-key':
        return {
          links: [
            {
              exchange,
              operation,
              text: say`It replaced the key ${name} by ${{ session: operation.to ?? '' }}: the old one names nothing any more.`,
            },
          ],
        };
      case 'expire':
        return { links: [{ exchange, operation, text: say`The store dropped the record, which had expired.` }] };
      case 'save':
        return {
          links: [
            {
              exchange,
              operation,
              text: say`It saved the session with an end that had passed: the store dropped the record at once.`,
            },
          ],
        };
      default:
        return {
          links: [{ exchange, operation, text: say`It had found no record either.` }],
          open: say`What took the record away was not recorded.`,
        };
    }
  }
  const { exchange, operation } = fact ?? {};
  const storeAt = operation?.expiry?.storeAt;
  if (
    exchange !== undefined &&
    typeof storeAt === 'number' &&
    operation!.expiry!.storeAssumed !== true &&
    storeAt <= position.at
  )
    return {
      links: [
        {
          exchange,
          operation: operation!,
          text: say`It had saved the record with ${{ ms: storeAt - operation!.at }} to live: that time was over.`,
        },
      ],
    };
  const restart = at.items.findLast(
    (item) => item.kind === 'epoch' && item.isRestart && item.epoch === at.exchange.epoch,
  );
  const middleware = middlewareOf(at.exchange);
  if (restart !== undefined && middleware !== undefined && recordsIn(middleware) === 'process')
    return {
      links: [],
      open: say`The server was restarted, and ${{ code: middleware.store }} keeps sessions in its process: they went with it.`,
    };
  if (exchange !== undefined)
    return {
      links: [
        {
          exchange,
          operation: operation!,
          text: say`It had ${operation!.operation === 'load' ? 'found' : 'saved'} the record.`,
        },
      ],
      open: say`What took it away since was not recorded: another process, the store itself, or somebody by hand.`,
    };
  const first = at.items[0];
  const isLost = first !== undefined && isBroken(at.items, first, position);
  return {
    links: [],
    open: isLost
      ? say`Events were lost before that, so that what became of the record is not known.`
      : say`Nothing recorded says anything of that record: it is older than the recording, or of another store, project or port.`,
  };
}

/** Why the browser did not send the cookie. */
function whyNotSent(at: At): Rest {
  const { exchange } = at;
  for (const other of earlier(at)) {
    if (middlewareKey(other) !== middlewareKey(exchange) || !isSameBrowser(other, exchange) || !isOver(other, exchange))
      continue;
    const { verdict, sessionAfter, expiry } = other.finished!;
    const { outcome, attributes } = verdict.cookie;
    if (outcome === 'expired') {
      const end = other.operations.findLast(({ operation }) => operation === 'flush');
      return {
        links: [
          { exchange: other, text: say`It told the browser to drop the cookie.` },
          ...(end === undefined
            ? []
            : [{ exchange: other, operation: end, text: say`It ended session ${{ session: end.from ?? '' }}.` }]),
        ],
      };
    }
    if (outcome === 'not-set' && verdict.cookie.due === true)
      return {
        links: [{ exchange: other, text: say`It had a new session and set no cookie: ${verdict.cookie.text}` }],
      };
    if (outcome !== 'set' || typeof sessionAfter !== 'string') continue;
    const link = (text: Sentence): Rest => ({ links: [{ exchange: other, text }] });
    const [a, b] = [hostOf(other), hostOf(exchange)];
    if (a !== undefined && b !== undefined && hostname(a) !== hostname(b))
      return link(
        say`It set the cookie for ${hostname(a)}; this request went to ${hostname(b)}, which is another host.`,
      );
    if (!isPathCovered(attributes?.path ?? '/', exchange.started!.path))
      return link(say`It set the cookie for the path ${{ code: attributes!.path! }}, which does not cover this one.`);
    if (typeof expiry?.cookieAt === 'number' && expiry.cookieAt <= exchange.at)
      return link(say`It set the cookie for ${{ ms: expiry.cookieAt - other.at }}: that time was over.`);
    const site = exchange.started!.site ?? exchange.har?.site;
    return {
      ...link(say`It set the cookie of session ${{ session: sessionAfter }}.`),
      open:
        site === 'cross-site'
          ? say`This request came from another site: browsers send no Lax or Strict cookie along, and none without credentials.`
          : say`Why the browser did not bring it was not recorded: it may have refused it, or somebody deleted it.`,
    };
  }
  return { links: [], open: say`No request of this browser is recorded that had set one.` };
}
