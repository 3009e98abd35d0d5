import { useRef } from 'preact/hooks';
import { formatDuration, momentLabel, type PanelModel } from '../../model/index.ts';
import type { PanelActions } from '../frame/panel-actions.ts';
import { useBench } from '../frame/panel-context.ts';
import { viewedOf } from '../viewer/viewed.ts';
import { operationName } from '../parts/operation-name.ts';
import { RequestText } from '../parts/request-text.tsx';
import { SourceLink } from '../parts/source-link.tsx';
import { useRovingFocus } from '../parts/use-roving-focus.ts';
import { visibleText } from '../parts/visible-text.ts';

interface MomentLineProps {
  model: PanelModel;
  actions: PanelActions;
  onBack: () => void;
  /** Opens the menu of the selected row below the button. */
  onMenu: (anchor: Element) => void;
}

/** Where the cursor stands, in words, with one step back and forth. One cursor serves all tabs. */
export function MomentLine({ model, actions, onBack, onMenu }: MomentLineProps) {
  const bench = useBench();
  const bar = useRef<HTMLDivElement>(null);
  const onKeyDown = useRovingFocus(bar);
  const cursor = model.cursor.value;
  const isPaused = model.isPaused.value;
  const isLive = model.isLive.value && !isPaused;
  const row = model.rows.value.rows.get(model.selectedRow.value);
  const isEnd = row?.kind === 'exchange' && cursor?.exchange.finished !== undefined;
  const operation = isEnd ? undefined : cursor?.exchange.operations[cursor.index - 1];
  const viewed = cursor && operation && viewedOf(cursor.exchange, operation);
  const label = cursor && momentLabel(cursor.exchange, cursor.index);
  const when = isEnd
    ? 'end of request'
    : operation === undefined
      ? label?.when
      : `+${formatDuration(operation.offsetMs ?? 0)}, ${operationName(operation).text}`;
  return (
    <div class="moment" ref={bar} role="toolbar" aria-label="Moment" onKeyDown={onKeyDown}>
      <button type="button" class="back" title="Back to the timeline (Esc)" onClick={onBack}>
        ‹ Timeline
      </button>
      <button
        type="button"
        aria-label="Previous operation"
        title="Previous operation (,)"
        onClick={() => model.step(-1)}
      >
        ‹
      </button>
      <button type="button" aria-label="Next operation" title="Next operation (.)" onClick={() => model.step(1)}>
        ›
      </button>
      {label ? (
        <span class="cut where" title={visibleText(`${label.number} ${label.request} ${when}`)}>
          <b>{label.number}</b>
          <RequestText method="" path={label.request} />
          <span class="quiet">{when}</span>
        </span>
      ) : (
        <span class="cut quiet where">Nothing recorded yet</span>
      )}
      {viewed && (
        <button
          type="button"
          class="view"
          title="View the whole value (v)"
          onClick={() => {
            bench.viewed.value = viewed;
          }}
        >
          View
        </button>
      )}
      {operation?.source?.frames[0] && (
        <span class="open">
          <SourceLink operation={operation} actions={actions} isButton />
        </span>
      )}
      <button
        type="button"
        class="live-button"
        aria-pressed={isLive}
        title="Follow the newest operation (End)"
        onClick={model.goLive}
      >
        {isLive ? <span class="live">Live</span> : isPaused && model.isLive.value ? 'Paused' : 'Go live'}
      </button>
      <button
        type="button"
        aria-label="More actions"
        title="More actions (Shift F10)"
        aria-haspopup="menu"
        onClick={(event) => onMenu(event.currentTarget)}
      >
        ⋯
      </button>
    </div>
  );
}
