/** The session as a tree: each part with what memory and store hold, and the line that wrote it last. */
import { useState } from 'preact/hooks';
import {
  blameLabel,
  fetchedOf,
  formatPath,
  isLoadable,
  lostLabel,
  numberText,
  operationLabels,
  type PanelModel,
  sourceText,
  type StateRow,
  type StateView,
  type Write,
} from '../../../model/index.ts';
import type { MenuItem, OpenMenu } from '../../parts/Menu.tsx';
import { messageOf } from '../../parts/message-of.ts';
import type { PanelActions } from '../../frame/panel-actions.ts';
import { SourceLink } from '../../parts/source-link.tsx';
import { useBench } from '../../frame/panel-context.ts';
import { visibleKey, visibleText } from '../../parts/visible-text.ts';
import { keyItems } from '../../timeline/timeline-menu.ts';
import { MarkView, ValueView } from '../../parts/value.tsx';

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
  const bench = useBench();
  const { rows } = state;
  // While all agrees, a column of equals signs would say nothing.
  const hasStore = !state.isStoreOnly && rows.some(({ differs, isNotCompared }) => differs || isNotCompared);
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
  const view = (row: StateRow | undefined) => {
    if (row?.memory === undefined) return;
    const origin = model.originOf(row.path);
    bench.viewed.value = {
      title: formatPath(row.path),
      value: row.memory,
      ...(origin === undefined ? {} : { origin }),
    };
  };
  const menuOf = (row: StateRow): MenuItem[] => [
    ...(row.hasParts
      ? [{ title: row.isExpanded ? 'Close' : 'Open', act: () => model.setTreeExpanded(row.key, !row.isExpanded) }]
      : []),
    ...(row.memory === undefined ? [] : [{ title: 'View the value', hint: 'v', act: () => view(row) }]),
    ...restItems(row, model, actions, load),
    ...keyItems(row.path, model, actions, bench),
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
    v: () => view(rows[at]),
    Enter: () => view(rows[at]),
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
            {hasStore && (
              <th scope="col" class="store-column">
                Store
              </th>
            )}
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
              hasStore={hasStore}
              model={model}
              actions={actions}
              onView={() => view(row)}
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

/** What can be fetched of a value that was cut for the wire or redacted: one click each, never by itself. */
function restItems(
  { memory, path }: StateRow,
  model: PanelModel,
  actions: PanelActions,
  load: (row: StateRow, reveal: boolean) => void,
): MenuItem[] {
  if (actions.loadValue === undefined || memory === null || typeof memory !== 'object' || !('$' in memory)) return [];
  if (model.originOf(path) === undefined) return [];
  const row = { memory, path } as StateRow;
  if (memory.$ === 'redacted' && fetchedOf(memory) === undefined)
    return model.connection.value.paired ? [{ title: 'Reveal', act: () => load(row, true) }] : [];
  return isLoadable(memory) ? [{ title: 'Load the rest', act: () => load(row, false) }] : [];
}

interface TreeRowProps {
  row: StateRow;
  isSelected: boolean;
  state: StateView;
  /** Something differs: there is a column for what the store holds. */
  hasStore: boolean;
  model: PanelModel;
  actions: PanelActions;
  onView: () => void;
  onRest: MenuItem | undefined;
  onMenu: (event: MouseEvent) => void;
}

function TreeRow({ row, isSelected, state, hasStore, model, actions, onView, onRest, onMenu }: TreeRowProps) {
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
      <td role="gridcell" style={{ '--depth': String(row.depth) }} title={visibleText(formatPath(row.path))}>
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
        <bdi>{visibleKey(row.name)}</bdi>
      </td>
      <td role="gridcell" class="mono">
        {isInferred && (
          <>
            <MarkView mark={operationLabels(write).mark!} />{' '}
          </>
        )}
        {row.memory === undefined ? <span class="quiet">absent</span> : <ValueView value={row.memory} />}
        {row.shownParts !== undefined && <span class="quiet"> the first {row.shownParts} are shown here</span>}
        {/* Too narrow for its column, what the store holds stands here. */}
        {row.differs && <span class="store-below">{storeCell(row, state)}</span>}
        {isSelected && row.memory !== undefined && (
          <span class="rest">
            {onRest && (
              <button type="button" class="load" tabIndex={-1} onClick={onRest.act}>
                {onRest.title}
              </button>
            )}
            <button type="button" tabIndex={-1} title="View the whole value (v)" onClick={onView}>
              View
            </button>
          </span>
        )}
      </td>
      {hasStore && (
        <td role="gridcell" class="store-column">
          {storeCell(row, state)}
        </td>
      )}
      <td role="gridcell">
        {row.lastWrite === undefined ? (
          <BlameText blame={row.blame} />
        ) : (
          <BlameLink row={row} write={row.lastWrite} actions={actions} />
        )}
      </td>
    </tr>
  );
}

function storeCell(row: StateRow, state: StateView) {
  if (state.isStoreOnly) return null;
  if (state.store === 'unknown') return <span class="quiet">not known</span>;
  if (state.store === 'unreadable') return <span class="quiet">not readable</span>;
  if (row.isNotCompared)
    return (
      <span class="quiet" title="Not all of this value was sent, or the store's format is not known.">
        not compared
      </span>
    );
  if (!row.differs) return <span class="quiet">=</span>;
  return (
    <span class="time mono" title={DIFFERENCE_TITLES[row.saved]}>
      ≠ {row.store === undefined ? 'absent' : <ValueView value={row.store} depth={0} />}
    </span>
  );
}

const DIFFERENCE_TITLES: Partial<Record<StateRow['saved'], string>> = {
  'as-something-else': "Saved, as something else: the store's format changed it. The next load gives this.",
  overwritten: 'The record was written or deleted since by another request.',
  no: 'Not saved: the store has another value.',
};

interface BlameLinkProps {
  row: StateRow;
  write: Write;
  actions: PanelActions;
}

const BlameLink = ({ row: { blame }, write: { exchange, operation }, actions }: BlameLinkProps) =>
  blameLabel(blame) === undefined ? (
    <span class="blame" title={lostLabel(blame)}>
      <span>{numberText(exchange)}</span> <SourceLink operation={operation} actions={actions} />
    </span>
  ) : (
    <BlameText blame={blame} />
  );

function BlameText({ blame }: { blame: StateRow['blame'] }) {
  const label = blameLabel(blame);
  const lost = lostLabel(blame);
  return (
    <span class="quiet by" title={[label?.title, lost].filter(Boolean).join('\n')}>
      {label?.text}
      {lost !== undefined && ' · overwritten write'}
    </span>
  );
}
