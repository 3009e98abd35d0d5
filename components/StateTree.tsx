/** The session as a tree: each part with what memory and store hold, and the line that wrote it last. */
import { useState } from 'preact/hooks';
import {
  formatPath,
  operationWords,
  type PanelModel,
  sourceText,
  type StateRow,
  type StateView,
  type Write,
} from '../model/index.ts';
import type { MenuItem, OpenMenu } from './Menu.tsx';
import { messageOf } from './message-of.ts';
import type { PanelActions } from './panel-actions.ts';
import { SourceLink } from './source-link.tsx';
import { keyItems } from './timeline-menu.ts';
import { MarkView, ValueView } from './value.tsx';

interface TreeProps {
  state: StateView;
  model: PanelModel;
  actions: PanelActions;
  openMenu: OpenMenu;
}

const treeRowId = (key: string) =>
  `key-${[...key].map((char) => (/\w/.test(char) ? char : `-${char.codePointAt(0)}`)).join('')}`;

/** One tab stop; arrows move and open, as in the timeline. */
export function StateTree({ state, model, actions, openMenu }: TreeProps) {
  const [fault, setFault] = useState<string>();
  const { rows } = state;
  const path = model.selectedPath.value;
  const key = path && JSON.stringify(path);
  const at = rows.findIndex((row) => row.key === key);
  const load = (row: StateRow, reveal: boolean) => {
    const origin = model.originOf(row.path);
    if (origin === undefined || actions.loadValue === undefined) return;
    setFault(undefined);
    actions.loadValue(origin, reveal).catch((error: unknown) => setFault(messageOf(error)));
  };
  const select = (index: number) => {
    const row = rows[Math.min(Math.max(index, 0), rows.length - 1)];
    if (row === undefined) return;
    model.selectedPath.value = row.path;
    document.getElementById(treeRowId(row.key))?.scrollIntoView({ block: 'nearest' });
  };
  const menuOf = (row: StateRow): MenuItem[] => [
    ...(row.hasParts
      ? [{ title: row.isExpanded ? 'Close' : 'Open', act: () => model.setTreeExpanded(row.key, !row.isExpanded) }]
      : []),
    ...restItems(row, model, actions, load),
    ...keyItems(row.path, model, actions),
    ...(row.memory === undefined
      ? []
      : [{ title: 'Copy the value', hint: 'c', act: () => actions.copy(sourceText(row.memory!)) }]),
  ];
  const setOpen = (open: boolean) => {
    const row = rows[at];
    if (row === undefined) select(0);
    else if (row.hasParts && row.isExpanded !== open) model.setTreeExpanded(row.key, open);
    else if (open) select(at + 1);
    else select(rows.findLastIndex((other, index) => index < at && other.depth < row.depth));
  };
  const KEYS: Record<string, () => void> = {
    ArrowDown: () => select(at + 1),
    ArrowUp: () => select(at < 0 ? 0 : at - 1),
    Home: () => select(0),
    End: () => select(rows.length - 1),
    ArrowRight: () => setOpen(true),
    ArrowLeft: () => at >= 0 && setOpen(false),
    c: () => rows[at]?.memory !== undefined && actions.copy(sourceText(rows[at].memory)),
  };
  return (
    <>
      {fault && (
        <p class="note" role="alert">
          {fault}
        </p>
      )}
      <table
        class="grid tree"
        role="treegrid"
        aria-label="Session state"
        tabIndex={0}
        aria-activedescendant={at < 0 ? undefined : treeRowId(rows[at]!.key)}
        onKeyDown={(event) => {
          if (event.ctrlKey || event.metaKey || event.altKey) return;
          const row = rows[at];
          const isMenu = event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey);
          if (isMenu && row !== undefined) {
            const { left, top, bottom } = document.getElementById(treeRowId(row.key))!.getBoundingClientRect();
            openMenu(menuOf(row), { x: left + 20, y: bottom, above: top });
          } else if (KEYS[event.key] === undefined) return;
          else KEYS[event.key]!();
          event.preventDefault();
          event.stopPropagation();
        }}
      >
        <thead>
          <tr>
            <th scope="col" class="key-column">
              Key
            </th>
            <th scope="col">{state.isStoreOnly ? 'Store' : 'Memory'}</th>
            <th scope="col" class="store-column">
              {state.isStoreOnly ? '' : 'Store'}
            </th>
            <th scope="col" class="by-column">
              <span class="long">Last written by</span>
              <span class="short">By</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <TreeRow
              key={row.key}
              row={row}
              isSelected={index === at}
              state={state}
              model={model}
              actions={actions}
              onRest={restItems(row, model, actions, load)[0]}
              onMenu={(event) => {
                event.preventDefault();
                model.selectedPath.value = row.path;
                openMenu(menuOf(row), { x: event.clientX, y: event.clientY });
              }}
            />
          ))}
        </tbody>
      </table>
    </>
  );
}

/** What can be fetched of a value that was cut for the wire or held back: one click each, never by itself. */
function restItems(
  { memory, path }: StateRow,
  model: PanelModel,
  { loadValue }: PanelActions,
  load: (row: StateRow, reveal: boolean) => void,
): MenuItem[] {
  if (loadValue === undefined || memory === null || typeof memory !== 'object' || !('$' in memory)) return [];
  if (model.originOf(path) === undefined) return [];
  const row = { memory, path } as StateRow;
  if (memory.$ === 'redacted')
    return model.connection.value.paired ? [{ title: 'Reveal', act: () => load(row, true) }] : [];
  const isCut =
    memory.$ === 'text' ||
    memory.$ === 'cut' ||
    ('entries' in memory && (memory.entries as unknown[]).length < (memory.size as number)) ||
    ('items' in memory && (memory.items as unknown[]).length < (memory.size as number));
  return isCut ? [{ title: 'Load the rest', act: () => load(row, false) }] : [];
}

interface TreeRowProps {
  row: StateRow;
  isSelected: boolean;
  state: StateView;
  model: PanelModel;
  actions: PanelActions;
  onRest: MenuItem | undefined;
  onMenu: (event: MouseEvent) => void;
}

function TreeRow({ row, isSelected, state, model, actions, onRest, onMenu }: TreeRowProps) {
  const write = row.lastWrite?.operation;
  const isInferred = write?.inferred && JSON.stringify(write.path) === row.key;
  return (
    <tr
      id={treeRowId(row.key)}
      role="row"
      aria-level={row.depth + 1}
      aria-selected={isSelected}
      aria-expanded={row.hasParts ? row.isExpanded : undefined}
      class={row.differs ? 'differs' : ''}
      onClick={() => {
        model.selectedPath.value = row.path;
      }}
      onDblClick={() => row.hasParts && model.setTreeExpanded(row.key, !row.isExpanded)}
      onContextMenu={onMenu}
    >
      <td role="gridcell" style={{ '--depth': String(row.depth) }} title={formatPath(row.path)}>
        {row.hasParts && (
          <button
            type="button"
            class="twist"
            tabIndex={-1}
            aria-hidden="true"
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => model.setTreeExpanded(row.key, !row.isExpanded)}
          >
            {row.isExpanded ? '▾' : '▸'}
          </button>
        )}
        {row.name}
      </td>
      <td role="gridcell" class="mono">
        {isInferred && (
          <>
            <MarkView mark={operationWords(write).mark!} />{' '}
          </>
        )}
        {row.memory === undefined ? <span class="quiet">absent</span> : <ValueView value={row.memory} />}
        {/* Too narrow for its column, what the store holds stands here. */}
        {row.differs && <span class="store-below">{storeCell(row, state)}</span>}
        {onRest && isSelected && (
          <button type="button" class="rest" tabIndex={-1} onClick={onRest.act}>
            {onRest.title}
          </button>
        )}
      </td>
      <td role="gridcell" class="store-column">
        {storeCell(row, state)}
      </td>
      <td role="gridcell">
        {row.lastWrite === undefined ? (
          <span class="quiet by">{state.store === 'unknown' ? '' : 'before this recording'}</span>
        ) : (
          <Blame write={row.lastWrite} actions={actions} />
        )}
      </td>
    </tr>
  );
}

function storeCell(row: StateRow, state: StateView) {
  if (state.isStoreOnly) return null;
  if (state.store === 'unknown') return <span class="quiet">not told</span>;
  if (!row.differs) return <span class="quiet">=</span>;
  return (
    <span class="time mono">≠ {row.store === undefined ? 'absent' : <ValueView value={row.store} depth={0} />}</span>
  );
}

const Blame = ({ write: { exchange, operation }, actions }: { write: Write; actions: PanelActions }) => (
  <span class="blame">
    <span>#{exchange.number}</span> <SourceLink operation={operation} actions={actions} />
  </span>
);
