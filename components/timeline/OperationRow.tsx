/** The row of an operation, or of a run of them, and the last row of a running exchange. */
import { formatDuration, formatOffset, markKindOf, operationLabels, placeOn } from '../../model/index.ts';
import type { OperationRecorded } from '../../protocol/index.ts';
import { EvidenceNumber } from '../details/findings/EvidenceNumber.tsx';
import { Glyph, OperationGlyph } from '../parts/glyphs.tsx';
import { compareWith } from './compare-rows.ts';
import { isMarked, keepSelection, rowAttributes, type RowProps } from './row-attributes.ts';
import { SourceLink } from '../parts/source-link.tsx';
import { MarkView } from '../parts/value.tsx';
import { operationName } from '../parts/operation-name.ts';
import { visibleKey, visibleText } from '../parts/visible-text.ts';

export function OperationRow({ row, index, model, actions, isSelected }: RowProps<'operation'>) {
  const { operations, exchange, burst, deletedBy } = row;
  const operation = operations.at(-1)!;
  const labels = operations.length > 1 ? foldedLabels(operations) : operationLabels(operation, { exchange, deletedBy });
  // Tinted for a moment; what is not new any more asks no clock. A recording that is opened has nothing new.
  const isNew =
    exchange.finished === undefined && operation.at > model.newSince.peek() && operation.at > model.newSince.value;
  const name = operationName(operation);
  const left = placeOn(burst, exchange.at + (operation.offsetMs ?? 0), 0);
  return (
    <div
      class={`row operation ${operation.outcome === 'error' ? 'failed' : ''} ${isNew ? 'new' : ''}`}
      {...rowAttributes(row, index)}
      aria-level={2}
      aria-selected={isSelected}
      data-marked={isMarked(model, exchange.id, row.index + 1) ? '' : undefined}
      onMouseDown={keepSelection}
      onClick={(event) => (event.shiftKey ? compareWith(model, index) : model.focusRow(index))}
    >
      <span role="gridcell" class="at num">
        {operation.offsetMs === undefined ? '' : formatOffset(operation.offsetMs)}
      </span>
      <span role="gridcell" class="what">
        <OperationGlyph operation={operation} />
        <span class="op" title={name.title}>
          {name.text}
          {operations.length > 1 && ` ×${operations.length}`}
        </span>
        {labels.path !== undefined && (
          <bdi class="path" title={visibleText(labels.path)}>
            {visibleKey(labels.path)}
          </bdi>
        )}
        {labels.mark && <MarkView mark={labels.mark} />}
        <span class="val">
          {labels.before !== undefined && `${visibleText(labels.before)} → `}
          {labels.after !== undefined && <b>{visibleText(labels.after)}</b>}
          {labels.note !== undefined && `${labels.after === undefined ? '' : ' · '}${visibleText(labels.note)}`}
        </span>
        <SourceLink operation={operation} actions={actions} />
        <EvidenceNumber event={operation} model={model} />
      </span>
      <span role="gridcell" class="bars">
        <u class={markKindOf(operation.operation)} style={{ left: `${left}%` }} />
      </span>
    </div>
  );
}

function foldedLabels(operations: readonly OperationRecorded[]): ReturnType<typeof operationLabels> {
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
            ? 'cut off: the server stopped'
            : `running${still >= 100 ? ` · no operation for ${formatDuration(still)}` : ''}`}
        </span>
      </span>
      <span role="gridcell" />
    </div>
  );
}
