/** Two moments side by side: what changed, and the line that changed it. */
import { useRef } from 'preact/hooks';
import {
  DIFF_BASES,
  type DiffBase,
  type DiffCell,
  type DiffRow,
  diffSentences,
  markOf,
  momentLabel,
  type PanelModel,
  type Piece,
  plural,
} from '../../../model/index.ts';
import type { EncodedValue } from '../../../protocol/index.ts';
import type { PanelActions } from '../../frame/panel-actions.ts';
import { useBench } from '../../frame/panel-context.ts';
import { visibleText } from '../../parts/visible-text.ts';
import { SourceLink } from '../../parts/source-link.tsx';
import { MarkView, ValueView } from '../../parts/value.tsx';
import { LoadRest } from '../../viewer/LoadRest.tsx';
import { useRovingCells } from './use-roving-cells.ts';

const BASE_LABELS: Record<DiffBase, string> = {
  operation: 'before this operation',
  exchange: 'start of this request',
  store: "the store's record",
  previous: 'end of the previous request of this session',
  marked: 'the marked moment',
};

/** What the keyboard reaches in the rows. */
const STOPS = '.value, .fold button, button.load, button.source';

export function DiffTab({ model, actions }: { model: PanelModel; actions: PanelActions }) {
  const bench = useBench();
  const body = useRef<HTMLTableSectionElement>(null);
  const cells = useRovingCells(body, STOPS);
  const cursor = model.cursor.value;
  const sides = model.diffSides.value;
  const view = model.diff.value;
  if (cursor === undefined || sides === undefined || view === undefined)
    return <p class="section quiet">Nothing recorded yet to compare.</p>;
  const label = momentLabel(cursor.exchange, cursor.index);
  const marked = model.marked.value;
  const open = (of: 'before' | 'after', cell: DiffCell) => {
    const origin = model.originOfCell(of, cell);
    bench.viewed.value = {
      title: of === 'before' ? `${cell.name} before` : cell.name,
      value: cell.value,
      ...(origin === undefined ? {} : { origin }),
    };
  };
  return (
    <div class="body">
      <table class="diff">
        <colgroup>
          <col class="sign" />
          <col />
          <col class="sign" />
          <col />
          <col class="by" />
        </colgroup>
        <thead>
          <tr>
            <th colSpan={2}>
              <label>
                Before{' '}
                <select
                  title={BASE_LABELS[sides.base]}
                  value={sides.base}
                  onChange={(event) => {
                    model.diffBase.value = event.currentTarget.value as DiffBase;
                  }}
                >
                  {DIFF_BASES.filter((base) => base !== 'marked' || marked !== undefined).map((base) => (
                    <option key={base} value={base}>
                      {BASE_LABELS[base]}
                    </option>
                  ))}
                </select>
              </label>
            </th>
            <th colSpan={2}>
              After <b>{label.number}</b> {label.when}
            </th>
            <th class="by">By</th>
          </tr>
        </thead>
        <tbody ref={body} {...cells}>
          {view.rows.map((row) => (
            <DiffRowView key={row.key} row={row} model={model} actions={actions} onView={open} />
          ))}
        </tbody>
      </table>
      {(sides.before === undefined || sides.after === undefined) && (
        <p class="section quiet">
          Nothing is compared: what the session held {sides.before === undefined ? 'before' : 'after'} is not known.
        </p>
      )}
      <div class="section">
        {view.is === 'same' && <p>Nothing differs between these two moments.</p>}
        {view.is === 'unknown' && sides.before !== undefined && sides.after !== undefined && (
          <p>Nothing is known to differ; not all of it was compared.</p>
        )}
        {diffSentences(view.facts).map((sentence, index) => (
          <p key={sentence} class={index === 0 ? '' : 'quiet'}>
            {visibleText(sentence)}
          </p>
        ))}
        <div class="acts">
          <button type="button" class="button" onClick={model.mark} title="Press d">
            Mark this moment as Before
          </button>
          <button
            type="button"
            class="button"
            aria-pressed={model.showsUnchanged.value}
            onClick={() => {
              model.showsUnchanged.value = !model.showsUnchanged.value;
            }}
          >
            {model.showsUnchanged.value ? 'Fold unchanged keys' : 'Show unchanged keys'}
          </button>
        </div>
      </div>
    </div>
  );
}

const SIGNS = {
  same: ['', ''],
  added: ['', '+'],
  removed: ['−', ''],
  changed: ['−', '+'],
  moved: ['↓', '↑'],
  unknown: ['?', '?'],
} as const;

interface DiffRowProps {
  row: DiffRow;
  model: PanelModel;
  actions: PanelActions;
  onView: (of: 'before' | 'after', cell: DiffCell) => void;
}

function DiffRowView({ row, model, actions, onView }: DiffRowProps) {
  const indent = { '--depth': String(row.depth) };
  if (row.kind === 'fold')
    return (
      <tr class="fold">
        <td colSpan={5} style={indent}>
          <button
            type="button"
            onClick={() => {
              model.showsUnchanged.value = true;
            }}
          >
            ▸ {plural(row.names.length, row.of === 'keys' ? 'unchanged key' : 'unchanged item')}
          </button>{' '}
          <span class="quiet">{visibleText(row.names.slice(0, 6).join(', '))}</span>
        </td>
      </tr>
    );
  if (row.kind === 'open')
    return (
      <tr class="open-row">
        <td class="sign">~</td>
        <td style={indent}>
          <bdi>{visibleText(row.name)}</bdi> <ValueView value={row.before} depth={0} />
        </td>
        <td class="sign">~</td>
        <td style={indent}>
          <bdi>{visibleText(row.name)}</bdi> <ValueView value={row.after} depth={0} />
        </td>
        <td class="by" />
      </tr>
    );
  if (row.kind === 'rest')
    return (
      <tr class="fold">
        <td colSpan={5} style={indent}>
          <span class="quiet">{row.text}</span> <LoadRest parts={model.partsToLoad(row.notSent)} actions={actions} />
        </td>
      </tr>
    );
  const [left, right] = SIGNS[row.status];
  const isSame = row.status === 'same' || row.status === 'unknown';
  const isMove = row.status === 'moved';
  return (
    <tr class={row.status}>
      <Side
        cell={row.before}
        sign={row.before ? left : ''}
        tone={isSame ? '' : isMove ? 'moved' : 'removed'}
        note={row.movedTo && `to ${row.movedTo}`}
        indent={indent}
        onView={(cell) => onView('before', cell)}
      />
      <Side
        cell={row.after}
        sign={row.after ? right : ''}
        tone={isSame ? '' : isMove ? 'moved' : 'added'}
        note={row.movedFrom && `from ${row.movedFrom}`}
        indent={indent}
        onView={(cell) => onView('after', cell)}
      />
      <td class="by">
        {row.notSent && <LoadRest parts={model.partsToLoad(row.notSent)} actions={actions} />}
        {!isSame &&
          (row.write ? (
            <SourceLink operation={row.write.operation} actions={actions} />
          ) : (
            <span class="by quiet" title={row.by?.title}>
              {row.by?.text}
            </span>
          ))}
      </td>
    </tr>
  );
}

/** Hatch means: nothing here. */
function Side({
  cell,
  sign,
  tone,
  note,
  indent,
  onView,
}: {
  cell: DiffCell | undefined;
  sign: string;
  tone: string;
  note: string | undefined;
  indent: Record<string, string>;
  onView: (cell: DiffCell) => void;
}) {
  if (cell === undefined)
    return (
      <>
        <td class="sign void" />
        <td class="void" />
      </>
    );
  const view = () => onView(cell);
  return (
    <>
      <td class={`sign ${tone}`}>{sign}</td>
      <td class={tone} style={indent}>
        <bdi>{visibleText(cell.name)}</bdi>{' '}
        {/* Inline, so that the cell cuts it as text: a button is one box, all or nothing. */}
        <span
          role="button"
          class="value"
          title="View the whole value (Enter)"
          onClick={view}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' && event.key !== ' ') return;
            event.preventDefault();
            event.stopPropagation();
            view();
          }}
        >
          {cell.pieces === undefined ? (
            <ValueView value={cell.value} depth={2} />
          ) : (
            <ChangedValue value={cell.value} pieces={cell.pieces} />
          )}
        </span>
        {note && <span class="move-note"> {note}</span>}
      </td>
    </>
  );
}

function ChangedValue({ value, pieces }: { value: EncodedValue; pieces: readonly Piece[] }) {
  const mark = markOf(value);
  return (
    <>
      {mark && <MarkView mark={mark} />}
      {mark && ' '}
      {pieces.map(({ text, differs }, index) =>
        differs ? <mark key={index}>{visibleText(text)}</mark> : <span key={index}>{visibleText(text)}</span>,
      )}
    </>
  );
}
