/** The row of an operation, or of a run of them, and the last row of a running exchange. */
import { formatDuration, formatOffset, markKindOf, operationWords, placeOn } from '../model/index.ts';
import type { OperationRecorded } from '../protocol/index.ts';
import { Glyph, OperationGlyph } from './glyphs.tsx';
import { rowAttributes, type RowProps } from './row-attributes.ts';
import { SourceLink } from './source-link.tsx';
import { MarkView } from './value.tsx';

/** A row that has come is tinted for a moment; `timeline.css` has the same. */
const ARRIVAL_MS = 600;

export function OperationRow({ row, index, model, actions, isSelected }: RowProps<'operation'>) {
  const { operations, exchange, burst } = row;
  const operation = operations.at(-1)!;
  const words = operations.length > 1 ? foldedWords(operations) : operationWords(operation);
  // Told just now, by the server's clock and ours; a recording that is opened has nothing new.
  const isNew = exchange.finished === undefined && Math.abs(model.clock.peek() - operation.at) < ARRIVAL_MS;
  const title =
    operation.call === operation.operation ? operation.operation : `${operation.operation} (${operation.call})`;
  const left = placeOn(burst, exchange.at + (operation.offsetMs ?? 0), 0);
  return (
    <div
      class={`row operation ${operation.outcome === 'error' ? 'failed' : ''} ${isNew ? 'new' : ''}`}
      {...rowAttributes(row, index)}
      aria-level={2}
      aria-selected={isSelected}
      onClick={() => model.focusRow(index)}
    >
      <span role="gridcell" class="at num">
        {operation.offsetMs === undefined ? '' : formatOffset(operation.offsetMs)}
      </span>
      <span role="gridcell" class="what">
        <OperationGlyph operation={operation} />
        <span class="op" title={title}>
          {operation.operation}
          {operations.length > 1 && ` ×${operations.length}`}
        </span>
        {words.path !== undefined && (
          <span class="path" title={words.path}>
            {words.path}
          </span>
        )}
        {words.mark && <MarkView mark={words.mark} />}
        <span class="val">
          {words.before !== undefined && `${words.before} → `}
          {words.after !== undefined && <b>{words.after}</b>}
          {words.note !== undefined && `${words.after === undefined ? '' : ' · '}${words.note}`}
        </span>
        <SourceLink operation={operation} actions={actions} />
      </span>
      <span role="gridcell" class="bars">
        <u class={markKindOf(operation.operation)} style={{ left: `${left}%` }} />
      </span>
    </div>
  );
}

function foldedWords(operations: readonly OperationRecorded[]): ReturnType<typeof operationWords> {
  const names = [...new Set(operations.map(({ path }) => (path === undefined ? '' : String(path[0]))))];
  return { path: names.length > 5 ? `${names.slice(0, 5).join(', ')}, …` : names.join(', ') };
}

export function RunningRow({ row, index, model }: RowProps<'running'>) {
  const { exchange } = row;
  const last = exchange.operations.at(-1)?.at ?? exchange.at;
  const still = Math.max(0, model.clock.value - last);
  return (
    <div class="row operation tail" {...rowAttributes(row, index)} aria-level={2}>
      <span role="gridcell" class="at" />
      <span role="gridcell" class="what">
        <Glyph name="waiting" tone="store" />
        <span class="val">
          {exchange.isCutOff
            ? 'cut off: the server went away'
            : `running${still >= 100 ? ` · no operation for ${formatDuration(still)}` : ''}`}
        </span>
      </span>
      <span role="gridcell" />
    </div>
  );
}
