import type { OperationRecorded } from '../../../protocol/index.ts';
import { byFamily, isSealed, middlewareOf } from '../facts.ts';
import { unsavedWrites } from '../unsaved.ts';
import { issue } from '../references.ts';
import { type At, type Fix, type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

interface Found extends Match {
  write: OperationRecorded;
  save: OperationRecorded | undefined;
}

/** The session was changed when it had been saved already. */
export const changeAfterResponse = rule<Found>({
  id: 'change-after-response',
  severity: 'problem',
  title: 'Changed after the response',
  scope: 'exchange',
  why: 'The library saves once, when the response leaves. What comes later stays in memory and goes with it.',
  references: [issue('expressjs/session', 315), issue('aio-libs/aiohttp-session', 373)],
  find(at) {
    const late = unsavedWrites(at).flatMap(({ why, write }) => (why === 'late' ? [write] : []));
    return [...new Set([...late, ...sealedTooLate(at)])].map((write) => ({
      key: `${write.epoch}:${write.seq}`,
      write,
      save: at.exchange.operations.findLast(
        ({ operation, seq }) => (operation === 'save' || operation === 'touch') && seq < write.seq,
      ),
      operation: write,
    }));
  },
  explain({ write, save }, { exchange }) {
    const key = { path: write.path! };
    const { headAtMs } = exchange.finished!;
    const name = String(write.path![0]);
    return {
      sentence: say`${{ request: exchange }} changed ${key} after its response had begun: it was not saved.`,
      lines: [
        { label: write.inferred === true ? 'Read at' : 'Changed at', exchange, operation: write, isDecisive: true },
      ],
      evidence: [
        ...(headAtMs === undefined ? [] : [{ exchange, text: say`the response begins at ${{ ms: headAtMs }}` }]),
        ...(save === undefined
          ? []
          : [
              {
                exchange,
                operation: save,
                text:
                  save.operation === 'save'
                    ? say`the session is saved`
                    : say`nothing has changed: only the expiry is reset`,
              },
            ]),
        { exchange, operation: write, text: say`changes ${key}`, isDecisive: true },
      ],
      fix: byFamily<Fix>(exchange, {
        express: {
          text: say`Change the session before the response is ended, or save it yourself.`,
          code: [`  req.session.${name} = value;`, '+ req.session.save();'],
        },
        django: {
          text: say`Save it yourself.`,
          code: [`  request.session[${JSON.stringify(name)}] = value`, '+ request.session.save()'],
        },
        'django-ts': {
          text: say`Save it yourself.`,
          code: [`  await request.session.set(${JSON.stringify(name)}, value);`, '+ await request.session.save();'],
        },
        other: {
          text:
            middlewareOf(exchange)?.commit === 'explicit'
              ? say`Change and save the session before the response begins: its cookie goes with the headers.`
              : say`Change the session before the response begins, or save it yourself.`,
        },
      }),
    };
  },
});

/** Writes that the app sealed when there was no place for the cookie any more: the call failed, or went nowhere. */
function sealedTooLate({ exchange }: At): OperationRecorded[] {
  const head = exchange.finished?.headAtMs;
  if (head === undefined || !isSealed(exchange) || middlewareOf(exchange)?.commit !== 'explicit') return [];
  const isLate = ({ offsetMs }: OperationRecorded) => offsetMs !== undefined && offsetMs > head;
  const save = exchange.operations.findLast(({ operation }) => operation === 'save');
  if (save === undefined || !isLate(save)) return [];
  const writes = exchange.operations.filter(
    (write) =>
      (write.operation === 'set' || (write.operation === 'delete' && write.hit !== false)) &&
      write.actor === 'app' &&
      write.path !== undefined &&
      write.seq < save.seq &&
      isLate(write),
  );
  return [...new Map(writes.map((write) => [String(write.path![0]), write])).values()];
}
