import type { RecordFact } from '../../history/record-fact.ts';
import { endedAt, factBefore } from '../facts.ts';
import type { OperationRecorded } from '../../../protocol/index.ts';
import { issue } from '../references.ts';
import { type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

interface Found extends Match {
  rotation: RecordFact;
  load: OperationRecorded;
}

/** A request that was on its way with the old key while another rotated it came out with a session of its own. */
export const rotationRace = rule<Found>({
  id: 'rotation-race',
  severity: 'problem',
  title: 'Key rotated under a running request',
  scope: 'exchange',
  why: 'The late answer sets the cookie of an empty session over that of the new one: the user is logged out right after the login.',
  references: [issue('expressjs/session', 923)],
  find(at) {
    const { exchange } = at;
    const old = exchange.started?.cookie.fingerprint;
    const { verdict, sessionAfter } = exchange.finished!;
    if (old === undefined || verdict.cookie.attributes === undefined || sessionAfter === old) return [];
    const load = exchange.operations.find(({ operation }) => operation === 'load');
    if (load?.outcome !== 'missing') return [];
    const rotation = factBefore(at, old, load);
    if (rotation?.is !== 'gone' || rotation.operation.operation !== 'cycle-key' || rotation.operation.from !== old)
      return [];
    const { to } = rotation.operation;
    if (typeof to !== 'string' || to === sessionAfter || rotation.exchange === exchange) return [];
    // Sent before the answer with the new cookie had come.
    const end = endedAt(rotation.exchange);
    if (end === undefined || exchange.at > end) return [];
    return [{ key: exchange.id, rotation, load }];
  },
  explain({ rotation, load }, { exchange }) {
    const [a, b] = [{ request: rotation.exchange }, { request: exchange }];
    const { from, to } = rotation.operation;
    const after = exchange.finished?.sessionAfter;
    return {
      sentence: say`${b} came with key ${{ session: from! }}, which ${a} was replacing by ${{ session: to! }}, and set a cookie of its own over the new one.`,
      lines: [{ label: 'Rotated at', exchange: rotation.exchange, operation: rotation.operation, isDecisive: true }],
      picture: {
        title: say`record of ${{ session: from! }}`,
        stretches: [
          { text: say`there` },
          { from: rotation.operation, text: say`moved to ${{ session: to! }}`, isLost: true },
        ],
      },
      because: say`It was sent before the answer of ${a} had brought the new key.`,
      evidence: [
        {
          exchange: rotation.exchange,
          operation: rotation.operation,
          text: say`replaces the key and deletes the old record`,
        },
        { exchange, operation: load, text: say`finds no record by the old key`, isDecisive: true },
        {
          exchange,
          text:
            typeof after === 'string'
              ? say`sets the cookie of session ${{ session: after }}`
              : say`tells the browser to drop the cookie`,
        },
      ],
      fix: {
        text: say`Send nothing else while the login runs, and load the page again after it. A request that finds no record should not set a cookie unless it has something to keep.`,
      },
      limits: say`Other tabs send their requests anyway. Some frameworks keep the old key for some seconds for this reason.`,
    };
  },
});
