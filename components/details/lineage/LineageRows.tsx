import { useState } from 'preact/hooks';
import { type LineageRow, type LineageView, type PanelModel, plural, shortSession } from '../../../model/index.ts';
import type { PanelActions } from '../../frame/panel-actions.ts';
import { SourceLink } from '../../parts/source-link.tsx';
import { SentenceView } from '../findings/SentenceView.tsx';
import { LineageRails } from './LineageRails.tsx';
import { RequestNumbers } from './RequestNumbers.tsx';

interface RowsProps {
  view: LineageView;
  model: PanelModel;
  actions: PanelActions;
}

/** More are not drawn at once: those around the request that is looked at are. */
const MAX_ROWS = 150;

export function LineageRows({ view, model, actions }: RowsProps) {
  const [isWhole, setWhole] = useState(false);
  const { rows } = view;
  const exchange = model.cursor.value?.exchange;
  const here = rows.findIndex((row) => row.exchange === exchange || row.brought.includes(exchange!));
  const start = isWhole
    ? 0
    : Math.max(0, Math.min((here < 0 ? rows.length : here) - MAX_ROWS / 2, rows.length - MAX_ROWS));
  const shown = isWhole ? rows : rows.slice(start, start + MAX_ROWS);
  const lanes = Math.max(1, ...shown.map(({ rails }) => Math.max(rails.lane ?? 0, ...rails.up, ...rails.down) + 1));
  const hidden = rows.length - shown.length;
  return (
    <>
      {hidden > 0 && (
        <p class="section quiet">
          {plural(hidden, 'row')} farther away not shown.{' '}
          <button type="button" class="to" onClick={() => setWhole(true)}>
            Show all
          </button>
        </p>
      )}
      <ol class="lineage-rows" aria-label="Keys, oldest first" style={{ '--lanes': lanes }}>
        {shown.map((row, index) => (
          <Row
            key={row.key}
            row={row}
            isNamed={row.mark === 'begun' || row.session !== shown[index - 1]?.session}
            view={view}
            model={model}
            actions={actions}
          />
        ))}
      </ol>
    </>
  );
}

/** `isNamed`: the row above is of another key. */
function Row({ row, isNamed, view, model, actions }: RowsProps & { row: LineageRow; isNamed: boolean }) {
  const { mark, session, text, note, exchange, operation, brought, set, place } = row;
  const isHere = exchange !== undefined && model.cursor.value?.exchange === exchange;
  const isOwn = session === view.session && mark === 'begun';
  const name = isNamed && session !== undefined && (
    <code class={`lineage-key ${isOwn ? 'own' : ''}`} title={session}>
      {shortSession(session)}
    </code>
  );
  return (
    <li class={`lineage-row ${mark} ${isHere ? 'here' : ''}`} data-row>
      <LineageRails row={row} />
      <div class="what">
        {exchange === undefined || mark === 'brought' ? (
          <span class="line">
            {name} <SentenceView sentence={text} /> <RequestNumbers requests={brought} model={model} />
            {set.length > 0 && brought.length > 0 && <span class="quiet"> cookie set again by </span>}
            {set.length > 0 && <RequestNumbers requests={set} model={model} />}
          </span>
        ) : (
          <button
            type="button"
            class="line"
            aria-current={isHere ? 'true' : undefined}
            onClick={() => model.jumpTo({ exchange, ...(operation === undefined ? {} : { operation }) })}
          >
            {name} <SentenceView sentence={text} />
          </button>
        )}
        {note !== undefined && (
          <p class="quiet">
            <SentenceView sentence={note} />
          </p>
        )}
      </div>
      <div class="right">
        {operation?.source?.frames[0] !== undefined && <SourceLink operation={operation} actions={actions} isButton />}
        {place !== undefined && <span class="quiet whence">{place}</span>}
      </div>
    </li>
  );
}
