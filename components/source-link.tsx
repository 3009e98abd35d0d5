import type { OperationRecorded } from '../protocol/index.ts';
import { sourceWords } from '../model/index.ts';
import type { PanelActions } from './panel-actions.ts';

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
  const { link, note } = sourceWords(operation);
  const frames = operation.source?.frames ?? [];
  const title = frames
    .map(({ file, line, function: name }) => `${file}:${line}${name ? ` in ${name}` : ''}`)
    .join('\n');
  if (link === undefined) return <span class="by">{note}</span>;
  const text = <bdi>{link}</bdi>;
  const { openSource } = actions;
  if (openSource === undefined || frames[0] === undefined)
    return (
      <span class="source" title={title}>
        {text}
      </span>
    );
  const open = () => openSource(frames[0]!);
  return (
    <button
      type="button"
      class="source"
      title={`${title}\nOpen`}
      tabIndex={isButton ? 0 : -1}
      onClick={isButton ? open : undefined}
      onDblClick={isButton ? undefined : open}
    >
      {text}
    </button>
  );
}
