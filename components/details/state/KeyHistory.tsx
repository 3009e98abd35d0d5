import {
  formatOffset,
  formatPath,
  numberText,
  operationLabels,
  type PanelModel,
  plural,
} from '../../../model/index.ts';
import { WhyChain } from '../findings/WhyChain.tsx';
import { OperationGlyph } from '../../parts/glyphs.tsx';
import type { PanelActions } from '../../frame/panel-actions.ts';
import { useBench } from '../../frame/panel-context.ts';
import { cutMiddle, visibleKey, visibleText } from '../../parts/visible-text.ts';
import { viewedOf } from '../../viewer/viewed.ts';
import { ViewButton } from '../../viewer/ViewButton.tsx';
import { SourceLink } from '../../parts/source-link.tsx';
import { MarkView } from '../../parts/value.tsx';

/** Characters of a key in a title. */
const MAX_KEY = 80;

/** More are counted. */
const SHOWN_WRITES = 30;

/** Every write of the selected key in this recording, newest first; a click goes to it. */
export function KeyHistory({ model, actions }: { model: PanelModel; actions: PanelActions }) {
  const path = model.selectedPath.value;
  const history = model.keyHistory.value;
  const bench = useBench();
  if (path === undefined) return null;
  const isWatched = JSON.stringify(bench.watched.value) === JSON.stringify(path);
  return (
    <>
      <WhyChain why={model.whyKey.value} model={model} actions={actions} />
      <section class="section" aria-label="History of the selected key">
        <h3>
          History of <code>{cutMiddle(visibleKey(formatPath(path)), MAX_KEY)}</code>{' '}
          <button
            type="button"
            class="button"
            aria-pressed={isWatched}
            title="Follow this key over all requests (w)"
            onClick={() => bench.toggleWatch(path)}
          >
            {isWatched ? 'Watched' : 'Watch'}
          </button>
        </h3>
        {history.length === 0 && <p class="quiet">No write of it is in this recording.</p>}
        <ol class="history">
          {history.slice(0, SHOWN_WRITES).map(({ exchange, operation }) => {
            const labels = operationLabels(operation);
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
                  {numberText(exchange)}{' '}
                  <span class="quiet">{operation.offsetMs === undefined ? '' : formatOffset(operation.offsetMs)}</span>
                </button>
                <span class="mono what">
                  {labels.path !== formatPath(path) && `${visibleText(labels.path ?? '')} `}
                  {labels.mark && <MarkView mark={labels.mark} />}{' '}
                  <span class="quiet">{labels.before !== undefined && `${visibleText(labels.before)} → `}</span>
                  {operation.operation === 'delete' ? 'deleted' : visibleText(labels.after ?? labels.note ?? '')}
                </span>
                <ViewButton viewed={viewedOf(exchange, operation)} />
                <SourceLink operation={operation} actions={actions} />
              </li>
            );
          })}
        </ol>
        {history.length > SHOWN_WRITES && (
          <p class="quiet">and {plural(history.length - SHOWN_WRITES, 'older write')}</p>
        )}
      </section>
    </>
  );
}
