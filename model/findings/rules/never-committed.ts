import type { OperationRecorded } from '../../../protocol/index.ts';
import { middlewareOf } from '../facts.ts';
import { unsavedWrites } from '../unsaved.ts';
import { issue } from '../references.ts';
import { type Match, rule } from '../rule.ts';
import { list, say } from '../sentence.ts';

interface Found extends Match {
  writes: readonly OperationRecorded[];
}

/** The line that each library wants, by its name. */
const CODE: Readonly<Record<string, string>> = {
  h3: '+ await session.update();',
  'react-router': "+ return data(…, { headers: { 'Set-Cookie': await commitSession(session) } });",
};

/** The library saves only what the app commits, and it did not. */
export const neverCommitted = rule<Found>({
  id: 'never-committed',
  severity: 'problem',
  title: 'Changed and never committed',
  scope: 'exchange',
  why: 'The session is a copy: without the call that seals it and sends the cookie, the change is gone with the request.',
  references: [issue('remix-run/remix', 9445)],
  find(at) {
    const writes = unsavedWrites(at).flatMap(({ why, write }) => (why === 'uncommitted' ? [write] : []));
    return writes.length === 0 ? [] : [{ key: at.exchange.id, writes, operation: writes[0]! }];
  },
  explain({ writes }, { exchange }) {
    const library = middlewareOf(exchange)?.library ?? 'This library';
    return {
      sentence: say`${{ request: exchange }} changed ${list(writes.map(({ path }) => ({ path: path! })))} and never saved the session.`,
      lines: writes.slice(0, 2).map((operation) => ({ label: 'Changed at', exchange, operation })),
      evidence: [
        ...writes
          .slice(0, 6)
          .map((operation) => ({ exchange, operation, text: say`changes ${{ path: operation.path! }}` })),
        { exchange, text: say`ends without a save`, isDecisive: true },
      ],
      fix: {
        text: say`${library} saves when it is asked to: call it after the change, and send the header that it gives.`,
        code: [CODE[library] ?? '+ await session.save();'],
      },
    };
  },
});
