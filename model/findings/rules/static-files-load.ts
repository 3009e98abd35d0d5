import type { ExchangeRecord } from '../../recording/records.ts';
import type { OperationRecorded } from '../../../protocol/index.ts';
import { byFamily, earlier, middlewareKey } from '../facts.ts';
import { issue } from '../references.ts';
import { type Fix, type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

interface Found extends Match {
  files: readonly { exchange: ExchangeRecord; operation: OperationRecorded }[];
}

const LEAST = 5;
const FILE = /\.(?:css|js|mjs|map|png|jpe?g|gif|svg|webp|avif|ico|woff2?|ttf)$/i;

const workOf = ({ started, operations }: ExchangeRecord): OperationRecorded | undefined =>
  started !== undefined && FILE.test(started.path)
    ? operations.find(
        ({ operation, outcome }) => (operation === 'load' || operation === 'touch') && outcome !== 'none-sent',
      )
    : undefined;

/** Pictures, styles and scripts ask the store for the session. */
export const staticFilesLoad = rule<Found>({
  id: 'static-files-load',
  severity: 'note',
  title: 'Static files load the session',
  scope: 'exchange',
  why: 'Each page asks the store many times over, and a touch of a picture may come between two changes.',
  references: [issue('rails/sprockets', 825)],
  find(at) {
    const own = workOf(at.exchange);
    if (own === undefined) return [];
    const key = middlewareKey(at.exchange);
    const files = [{ exchange: at.exchange, operation: own }];
    for (const other of earlier(at)) {
      const operation = workOf(other);
      if (operation !== undefined && middlewareKey(other) === key) files.unshift({ exchange: other, operation });
      if (files.length === LEAST) return [{ key, files }];
    }
    return [];
  },
  explain({ files }, { exchange }) {
    return {
      sentence: say`${files.length} requests for static files up to ${{ request: exchange }} asked the store for the session.`,
      evidence: files.map((file) => ({
        ...file,
        text: say`${file.operation.operation === 'load' ? 'loads' : 'touches'} the record`,
      })),
      fix: byFamily<Fix>(exchange, {
        express: {
          text: say`Serve files before the session middleware.`,
          code: ["+ app.use(express.static('public'));", '  app.use(session({'],
        },
        other: { text: say`Serve files before the session is asked for.` },
      }),
    };
  },
});
