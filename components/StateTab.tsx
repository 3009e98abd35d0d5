/** The session at the moment: memory beside the store, and who wrote each key last. */
import {
  formatOffset,
  formatPath,
  operationWords,
  plural,
  type PanelModel,
  type StateRow,
  type StateView,
  type Write,
} from '../model/index.ts';
import { OperationGlyph } from './glyphs.tsx';
import type { PanelActions } from './panel-actions.ts';
import { SourceLink } from './source-link.tsx';
import { StoreLookView } from './StoreLook.tsx';
import { MarkView, ValueView } from './value.tsx';

export function StateTab({ model, actions }: { model: PanelModel; actions: PanelActions }) {
  const state = model.state.value;
  if (state === undefined || (state.isUnknown && state.rows.length === 0))
    return (
      <div class="body">
        <StoreLookView model={model} actions={actions} />
        {model.cursor.value !== undefined && (
          <p class="section quiet">
            At this moment nothing has told what the session holds: the library had not loaded it yet. Choose a later
            operation.
          </p>
        )}
      </div>
    );
  return (
    <div class="body">
      <StateNote state={state} model={model} />
      <table class="grid tree" role="treegrid" aria-label="Session state">
        <thead>
          <tr>
            <th style={{ width: '30%' }}>Key</th>
            <th>{state.isStoreOnly ? 'Store' : 'Memory'}</th>
            <th class="store-column" style={{ width: '17%' }}>
              Store
            </th>
            <th style={{ width: '31%' }}>Last written by</th>
          </tr>
        </thead>
        <tbody>
          {state.rows.map((row) => (
            <StateRowView key={row.key} row={row} state={state} model={model} actions={actions} />
          ))}
        </tbody>
      </table>
      {state.rows.length === 0 && <p class="section quiet">The session is empty.</p>}
      <KeyHistory model={model} actions={actions} />
      <StoreLookView model={model} actions={actions} />
    </div>
  );
}

/** Says where memory and store disagree, when that is something to know. */
function StateNote({ state, model }: { state: StateView; model: PanelModel }) {
  const cursor = model.cursor.value;
  if (state.isStoreOnly)
    return (
      <p class="note">
        This is the store's record, as it was last told. The request has no session in memory at this moment.
      </p>
    );
  if (state.differing.length === 0) return null;
  const isRunning = cursor?.exchange.finished === undefined;
  const isEnd = cursor !== undefined && cursor.index >= cursor.exchange.operations.length && !isRunning;
  const names = state.differing.slice(0, 4).join(', ') + (state.differing.length > 4 ? ', …' : '');
  const verb = state.differing.length === 1 ? 'differs' : 'differ';
  return (
    <p class={`note ${isEnd ? 'bad' : ''}`}>
      {isEnd ? 'Not saved: ' : 'In memory, not saved at this moment: '}
      <b>{names}</b> {verb} from the store.{state.store === 'gone' ? ' The store holds no record of this session.' : ''}
    </p>
  );
}

interface StateRowProps {
  row: StateRow;
  state: StateView;
  model: PanelModel;
  actions: PanelActions;
}

function StateRowView({ row, state, model, actions }: StateRowProps) {
  const isSelected = model.selectedPath.value !== undefined && JSON.stringify(model.selectedPath.value) === row.key;
  const write = row.lastWrite?.operation;
  const isInferred = write?.inferred && JSON.stringify(write.path) === row.key;
  return (
    <tr
      role="row"
      aria-level={row.depth + 1}
      aria-selected={isSelected}
      aria-expanded={row.hasParts ? row.isExpanded : undefined}
      class={row.differs ? 'differs' : ''}
      onClick={() => {
        model.selectedPath.value = row.path;
      }}
      onDblClick={() => row.hasParts && model.setTreeExpanded(row.key, !row.isExpanded)}
    >
      <td style={{ '--depth': String(row.depth) }} title={formatPath(row.path)}>
        {row.hasParts && (
          <button
            type="button"
            class="twist"
            tabIndex={-1}
            aria-label={row.isExpanded ? 'Close' : 'Open'}
            onClick={() => model.setTreeExpanded(row.key, !row.isExpanded)}
          >
            {row.isExpanded ? '▾' : '▸'}
          </button>
        )}
        {row.name}
      </td>
      <td class="mono">
        {isInferred && (
          <>
            <MarkView mark={operationWords(write).mark!} />{' '}
          </>
        )}
        {row.memory === undefined ? <span class="quiet">absent</span> : <ValueView value={row.memory} />}
      </td>
      <td class="store-column">{storeCell(row, state)}</td>
      <td>
        {row.lastWrite === undefined ? (
          <span class="quiet">{state.store === 'unknown' ? '' : 'before this recording'}</span>
        ) : (
          <Blame write={row.lastWrite} actions={actions} />
        )}
      </td>
    </tr>
  );
}

function storeCell(row: StateRow, state: StateView) {
  if (state.isStoreOnly || state.store === 'unknown')
    return <span class="quiet">{state.isStoreOnly ? '' : 'not told'}</span>;
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

const SHOWN_WRITES = 30;

function KeyHistory({ model, actions }: { model: PanelModel; actions: PanelActions }) {
  const path = model.selectedPath.value;
  const history = model.keyHistory.value;
  if (path === undefined) return null;
  return (
    <section class="section" aria-label="History of the selected key">
      <h3>
        History of <code>{formatPath(path)}</code>
      </h3>
      {history.length === 0 && <p class="quiet">No write of it is in this recording.</p>}
      <table class="grid history">
        <tbody>
          {history.slice(0, SHOWN_WRITES).map(({ exchange, operation }) => {
            const words = operationWords(operation);
            const index = exchange.operations.indexOf(operation) + 1;
            return (
              <tr key={operation.seq} onClick={() => model.select({ exchange: exchange.id, index })}>
                <td>
                  <OperationGlyph operation={operation} />
                </td>
                <td class="num">
                  #{exchange.number}{' '}
                  <span class="quiet">{operation.offsetMs === undefined ? '' : formatOffset(operation.offsetMs)}</span>
                </td>
                <td class="mono">
                  {words.path !== formatPath(path) && `${words.path} `}
                  {words.mark && <MarkView mark={words.mark} />}{' '}
                  <span class="quiet">{words.before !== undefined && `${words.before} → `}</span>
                  {words.after ?? words.note}
                </td>
                <td>
                  <SourceLink operation={operation} actions={actions} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {history.length > SHOWN_WRITES && <p class="quiet">and {plural(history.length - SHOWN_WRITES, 'older write')}</p>}
    </section>
  );
}
