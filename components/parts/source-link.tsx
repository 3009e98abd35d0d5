import type { OperationRecorded } from '../../protocol/index.ts';
import { sourceLabel } from '../../model/index.ts';
import { visibleText } from './visible-text.ts';
import type { PanelActions } from '../frame/panel-actions.ts';

/** The line that did it, cut at its front; or who did it. Double click and Enter open it. */
export function SourceLink({
  operation,
  actions,
  isButton = false,
}: {
  operation: OperationRecorded;
  actions: PanelActions;
  isButton?: boolean;
}) {
  const { link, note } = sourceLabel(operation);
  const frames = operation.source?.frames ?? [];
  const title = frames
    .map(({ file, line, function: name }) => visibleText(`${file}:${line}${name ? ` in ${name}` : ''}`))
    .join('\n');
  if (link === undefined) return <span class="by">{note}</span>;
  const text = <bdi>{visibleText(link)}</bdi>;
  const { openSource } = actions;
  if (openSource === undefined || frames[0] === undefined)
    return (
      <span class="source" title={title}>
        {text}
      </span>
    );
  const open = () => openSource(frames[0]!, operation.epoch);
  return (
    <button
      type="button"
      class="source"
      title={`${title}\nOpen`}
      tabIndex={isButton ? 0 : -1}
      onClick={isButton ? open : undefined}
      onDblClick={isButton ? undefined : open}
      onKeyDown={(event) => {
        if (isButton || event.key !== 'Enter') return;
        event.preventDefault();
        event.stopPropagation();
        open();
      }}
    >
      {text}
    </button>
  );
}
