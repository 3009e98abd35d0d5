import { plural } from '../../model/index.ts';
import { visibleText } from '../parts/visible-text.ts';
import type { Traces } from './traces.ts';

/** Above what is shown: that it is a file, whose, and what of it could not be read; or why one was not opened. */
export function TraceNote({ traces }: { traces: Traces | undefined }) {
  if (traces === undefined) return null;
  const { opened, fault, dismiss } = traces;
  return (
    <>
      {fault !== undefined && (
        <p class="note bad" role="alert">
          {visibleText(fault)}{' '}
          <button type="button" class="button" onClick={dismiss}>
            Dismiss
          </button>
        </p>
      )}
      {opened && (
        <p class="note">
          <b>Trace</b> {visibleText(opened.name)}, as of {new Date(opened.savedAt).toLocaleString()}. No server is
          behind it. {opened.refused > 0 && `${plural(opened.refused, 'entry', 'entries')} could not be read. `}
          <button type="button" class="button" onClick={opened.close}>
            Close trace
          </button>
        </p>
      )}
    </>
  );
}
