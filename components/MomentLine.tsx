import { momentWords, type PanelModel } from '../model/index.ts';
import type { PanelActions } from './panel-actions.ts';
import { SourceLink } from './source-link.tsx';

/** Where the cursor stands, in words, with one step back and forth. One cursor serves all tabs. */
export function MomentLine({
  model,
  actions,
  onBack,
}: {
  model: PanelModel;
  actions: PanelActions;
  onBack: () => void;
}) {
  const cursor = model.cursor.value;
  const isLive = model.isLive.value;
  const operation = cursor?.exchange.operations[cursor.index - 1];
  const words = cursor && momentWords(cursor.exchange, cursor.index);
  return (
    <div class="moment">
      <button type="button" class="back" onClick={onBack}>
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
        <span class="cut" title={`${words.number} ${words.request} ${words.when}`}>
          <b>{words.number}</b> {words.request} <span class="quiet">{words.when}</span>
        </span>
      ) : (
        <span class="cut quiet">Nothing recorded yet</span>
      )}
      {operation?.source?.frames[0] && (
        <span class="open">
          <SourceLink operation={operation} actions={actions} isButton />
        </span>
      )}
      <button type="button" class="live-button" aria-pressed={isLive} onClick={model.goLive}>
        {isLive ? <span class="live">Live</span> : 'Go live'}
      </button>
    </div>
  );
}
