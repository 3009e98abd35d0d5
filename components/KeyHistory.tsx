import { formatOffset, formatPath, operationWords, type PanelModel, plural } from '../model/index.ts';
import { OperationGlyph } from './glyphs.tsx';
import type { PanelActions } from './panel-actions.ts';
import { SourceLink } from './source-link.tsx';
import { MarkView } from './value.tsx';

/** More are told by their number. */
const SHOWN_WRITES = 30;

/** Every write of the selected key in this recording, newest first; a click goes to it. */
export function KeyHistory({ model, actions }: { model: PanelModel; actions: PanelActions }) {
  const path = model.selectedPath.value;
  const history = model.keyHistory.value;
  if (path === undefined) return null;
  return (
    <section class="section" aria-label="History of the selected key">
      <h3>
        History of <code>{formatPath(path)}</code>
      </h3>
      {history.length === 0 && <p class="quiet">No write of it is in this recording.</p>}
      <ol class="history">
        {history.slice(0, SHOWN_WRITES).map(({ exchange, operation }) => {
          const words = operationWords(operation);
          const index = exchange.operations.indexOf(operation) + 1;
          return (
            <li key={`${operation.epoch}:${operation.seq}`}>
              <OperationGlyph operation={operation} />
              <button
                type="button"
                class="num"
                title="Go to this moment"
                onClick={() => model.select({ exchange: exchange.id, index })}
              >
                #{exchange.number}{' '}
                <span class="quiet">{operation.offsetMs === undefined ? '' : formatOffset(operation.offsetMs)}</span>
              </button>
              <span class="mono what">
                {words.path !== formatPath(path) && `${words.path} `}
                {words.mark && <MarkView mark={words.mark} />}{' '}
                <span class="quiet">{words.before !== undefined && `${words.before} → `}</span>
                {operation.operation === 'delete' ? 'deleted' : (words.after ?? words.note)}
              </span>
              <SourceLink operation={operation} actions={actions} />
            </li>
          );
        })}
      </ol>
      {history.length > SHOWN_WRITES && <p class="quiet">and {plural(history.length - SHOWN_WRITES, 'older write')}</p>}
    </section>
  );
}
