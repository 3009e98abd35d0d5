import { useRef } from 'preact/hooks';
import { momentWords, type PanelModel } from '../model/index.ts';
import type { PanelActions } from './panel-actions.ts';
import { SourceLink } from './source-link.tsx';
import { useRovingFocus } from './use-roving-focus.ts';

interface MomentLineProps {
  model: PanelModel;
  actions: PanelActions;
  onBack: () => void;
  /** Opens the menu of the selected row below the button. */
  onMenu: (anchor: Element) => void;
}

/** Where the cursor stands, in words, with one step back and forth. One cursor serves all tabs. */
export function MomentLine({ model, actions, onBack, onMenu }: MomentLineProps) {
  const bar = useRef<HTMLDivElement>(null);
  const onKeyDown = useRovingFocus(bar);
  const cursor = model.cursor.value;
  const isLive = model.isLive.value;
  const row = model.rows.value.rows[model.selectedRow.value];
  const isEnd = row?.kind === 'exchange' && cursor?.exchange.finished !== undefined;
  const operation = isEnd ? undefined : cursor?.exchange.operations[cursor.index - 1];
  const words = cursor && momentWords(cursor.exchange, cursor.index);
  const when = isEnd ? 'end of exchange' : words?.when;
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
      {words ? (
        <span class="cut where" title={`${words.number} ${words.request} ${when}`}>
          <b>{words.number}</b>
          <span class="cut">{words.request}</span>
          <span class="quiet">{when}</span>
        </span>
      ) : (
        <span class="cut quiet where">Nothing recorded yet</span>
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
        {isLive ? <span class="live">Live</span> : 'Go live'}
      </button>
      <button
        type="button"
        aria-label="What can be done here"
        title="What can be done here (Shift F10)"
        aria-haspopup="menu"
        onClick={(event) => onMenu(event.currentTarget)}
      >
        ⋯
      </button>
    </div>
  );
}
