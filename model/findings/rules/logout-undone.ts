import type { RecordFact } from '../../history/record-fact.ts';
import { byFamily, factBefore, isSaved, isSealed, linesBehind, loadBefore } from '../facts.ts';
import type { OperationRecorded } from '../../../protocol/index.ts';
import { asvs, issue } from '../references.ts';
import { type Fix, type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

interface Found extends Match {
  end: RecordFact;
  load: OperationRecorded;
}

const ENDS: ReadonlySet<string> = new Set(['flush', 'cycle-key']);

/** A slow request saves a session that another has ended meanwhile: its record is back. */
export const logoutUndone = rule<Found>({
  id: 'logout-undone',
  severity: 'problem',
  title: 'Logout undone',
  scope: 'operation',
  why: 'A session that was ended lives again, with all that it held: the old cookie is valid, and whoever has it is logged in.',
  references: [asvs('7.4.1'), issue('expressjs/session', 632)],
  find(at) {
    const { exchange, operation, place } = at;
    const { session } = operation;
    if (!isSaved(operation) || session === null || operation.from === null || isSealed(exchange)) return [];
    const load = loadBefore(exchange, place);
    if (load?.outcome !== 'found' || load.session !== session) return [];
    const end = factBefore(at, session, operation);
    if (end?.is !== 'gone' || end.exchange === exchange || !ENDS.has(end.operation.operation)) return [];
    if (end.operation.from !== session || end.operation.seq < load.seq) return [];
    return [{ key: `${operation.epoch}:${operation.seq}`, end, load, operation }];
  },
  explain({ end, load, operation }, { exchange }) {
    const [a, b] = [{ request: end.exchange }, { request: exchange }];
    const isLogout = end.operation.operation === 'flush';
    const session = { session: load.session! };
    return {
      sentence: isLogout
        ? say`${b} saved session ${session} again, which ${a} had ended ${{ ms: operation!.at - end.operation.at }} before: its record is back.`
        : say`${b} saved under the old key ${session}, which ${a} had replaced ${{ ms: operation!.at - end.operation.at }} before: the old key works again.`,
      lines: [
        { label: 'Saved at', exchange, operation: operation!, isDecisive: true },
        ...linesBehind(exchange, operation!, 'Changed at', ['set', 'delete']),
        { label: isLogout ? 'Ended at' : 'Replaced at', exchange: end.exchange, operation: end.operation },
        ...linesBehind(end.exchange, end.operation, 'Cleared at', ['clear', 'delete']),
      ],
      picture: {
        title: say`record`,
        stretches: [
          { text: say`there` },
          { from: end.operation, text: say`gone` },
          { from: operation!, text: say`back`, isLost: true },
        ],
      },
      because: say`${b} loaded the record before ${a} deleted it, kept its copy, and wrote it back.`,
      evidence: [
        { exchange, operation: load, text: say`loads the record` },
        { exchange: end.exchange, operation: end.operation, text: say`deletes the record` },
        { exchange, operation: operation!, text: say`writes its copy back`, isDecisive: true },
      ],
      fix: byFamily<Fix>(exchange, {
        express: {
          text: say`Ask the store whether the session still lives right before the save of a slow request.`,
          code: [
            '+ await promisify(req.session.reload).call(req.session); // throws where it was ended',
            '  req.session.draft = draft;',
          ],
        },
        django: {
          text: say`Save with ${{ code: 'must_create=False' }}, as Django's own middleware does: then a deleted record is not written back.`,
          code: ['- request.session.save(must_create=True)', '+ request.session.save()'],
        },
        other: { text: say`Ask the store whether the session still lives before a slow request saves it.` },
      }),
      limits: say`A logout that comes between this question and the save is undone anyway. Keep what a slow request writes out of the session, or have the logout also change what the session names: the user's own version of it.`,
    };
  },
});
