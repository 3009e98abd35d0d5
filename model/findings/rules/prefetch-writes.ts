import type { OperationRecorded } from '../../../protocol/index.ts';
import { isSaved } from '../facts.ts';
import { issue } from '../references.ts';
import { type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

interface Found extends Match {
  save: OperationRecorded;
  write: OperationRecorded;
}

/** A request that the browser sent before anyone asked changed the session. */
export const prefetchWrites = rule<Found>({
  id: 'prefetch-writes',
  severity: 'warning',
  title: 'A prefetch changes the session',
  scope: 'exchange',
  why: 'The user has not clicked: flash messages are used up, counters run, forms start on a page that nobody sees.',
  references: [issue('vercel/next.js', 38128)],
  find({ exchange }) {
    const { started, har, operations } = exchange;
    const purpose = started?.purpose ?? har?.purpose;
    if (purpose === undefined || !/prefetch|prerender/.test(purpose)) return [];
    const save = operations.find((operation) => isSaved(operation));
    const write = operations.find(
      ({ operation, actor, path, hit }) =>
        (operation === 'set' || (operation === 'delete' && hit !== false)) && actor === 'app' && path !== undefined,
    );
    return save === undefined || write === undefined
      ? []
      : [{ key: started?.path ?? exchange.id, save, write, operation: write }];
  },
  explain({ save, write }, { exchange }) {
    return {
      sentence: say`The browser prefetched ${{ request: exchange }}, which changed ${{ path: write.path! }} in the session.`,
      lines: [{ label: 'Changed at', exchange, operation: write, isDecisive: true }],
      evidence: [
        { exchange, operation: write, text: say`changes ${{ path: write.path! }}`, isDecisive: true },
        { exchange, operation: save, text: say`saves it` },
      ],
      fix: {
        text: say`Change the session only by a POST, or answer a request with ${{ code: 'Sec-Purpose: prefetch' }} without it.`,
      },
    };
  },
});
