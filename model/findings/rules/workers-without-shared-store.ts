import type { ExchangeRecord } from '../../recording/records.ts';
import type { OperationRecorded } from '../../../protocol/index.ts';
import { earlier, middlewareOf } from '../facts.ts';
import { issue } from '../references.ts';
import { type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

interface Turn {
  exchange: ExchangeRecord;
  load: OperationRecorded;
  process: string;
}
interface Found extends Match {
  turns: readonly Turn[];
}

const TURNS = 3;

/** One session is found and missing by turns: each process has its own store. */
export const workersWithoutSharedStore = rule<Found>({
  id: 'workers-without-shared-store',
  severity: 'problem',
  title: 'Processes without a shared store',
  scope: 'exchange',
  why: 'In, out, in: which process answers decides whether the user is logged in.',
  references: [issue('Unitech/pm2', 286), issue('vercel/vercel', 1338)],
  find(at) {
    const { exchange } = at;
    const own = turnOf(exchange);
    const session = exchange.started?.cookie.fingerprint;
    if (own === undefined || middlewareOf(exchange)?.store !== 'MemoryStore') return [];
    const turns = [own];
    for (const other of earlier(at)) {
      if (other.started?.cookie.fingerprint !== session) continue;
      const turn = turnOf(other);
      if (turn === undefined) continue;
      // The server was restarted: that is another finding.
      if (other.isCutOff === true || other.life.started?.app !== exchange.life.started?.app) return [];
      const isOther = turn.process !== turns[0]!.process && isFound(turn) !== isFound(turns[0]!);
      if (isOther) turns.unshift(turn);
      if (turns.length === TURNS) break;
    }
    return turns.length === TURNS && turns[0]!.process === turns[2]!.process ? [{ key: String(session), turns }] : [];
  },
  explain({ turns }, { exchange }) {
    return {
      sentence: say`Session ${{ session: exchange.started!.cookie.fingerprint! }} is found in one process and missing in another: each keeps its own in memory.`,
      evidence: turns.map(({ exchange: of, load, process }) => ({
        exchange: of,
        operation: load,
        text: say`process ${process} ${isFound({ load }) ? 'finds it' : 'does not find it'}`,
      })),
      fix: {
        text: say`Give all processes one store.`,
        code: ['  session({', '+   store: new RedisStore({ client }),'],
      },
    };
  },
});

const isFound = ({ load }: Pick<Turn, 'load'>) => load.outcome === 'found';

function turnOf(exchange: ExchangeRecord): Turn | undefined {
  const load = exchange.operations.find(
    ({ operation, outcome }) => operation === 'load' && (outcome === 'found' || outcome === 'missing'),
  );
  const sent = exchange.started?.cookie.fingerprint;
  if (load === undefined || (load.session !== sent && load.session !== null)) return undefined;
  return { exchange, load, process: exchange.started?.process ?? exchange.epoch };
}
