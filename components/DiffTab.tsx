/** Two moments side by side: what changed, and the line that changed it. */
import {
  DIFF_BASES,
  type DiffBase,
  type DiffCell,
  type DiffRow,
  diffSentences,
  markOf,
  momentWords,
  type PanelModel,
  type Piece,
  plural,
} from '../model/index.ts';
import type { EncodedValue } from '../protocol/index.ts';
import type { PanelActions } from './panel-actions.ts';
import { SourceLink } from './source-link.tsx';
import { MarkView, ValueView } from './value.tsx';

const BASE_LABELS: Record<DiffBase, string> = {
  operation: 'before this operation',
  exchange: 'start of this exchange',
  store: "the store's record",
  previous: 'end of the exchange before',
  marked: 'the marked moment',
};

export function DiffTab({ model, actions }: { model: PanelModel; actions: PanelActions }) {
  const cursor = model.cursor.value;
  const sides = model.diffSides.value;
  const view = model.diff.value;
  if (cursor === undefined || sides === undefined || view === undefined)
    return <p class="section quiet">Nothing recorded yet to compare.</p>;
  const words = momentWords(cursor.exchange, cursor.index);
  const marked = model.marked.value;
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
              After <b>{words.number}</b> {words.when}
            </th>
            <th class="by">By</th>
          </tr>
        </thead>
        <tbody>
          {view.rows.map((row) => (
            <DiffRowView key={row.key} row={row} model={model} actions={actions} />
          ))}
        </tbody>
      </table>
      {sides.before === undefined && (
        <p class="section quiet">
          Nothing is known of the left side: {BASE_LABELS[sides.base]} told no session. It is compared with an empty
          one.
        </p>
      )}
      <div class="section">
        {view.changed === 0 && <p>Nothing differs between these two moments.</p>}
        {diffSentences(view.facts).map((sentence, index) => (
          <p key={sentence} class={index === 0 ? '' : 'quiet'}>
            {sentence}
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

const SIGNS = { same: ['', ''], added: ['', '+'], removed: ['−', ''], changed: ['−', '+'], moved: ['↓', '↑'] } as const;

function DiffRowView({ row, model, actions }: { row: DiffRow; model: PanelModel; actions: PanelActions }) {
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
          <span class="quiet">{row.names.slice(0, 6).join(', ')}</span>
        </td>
      </tr>
    );
  if (row.kind === 'open')
    return (
      <tr class="open-row">
        <td class="sign">~</td>
        <td style={indent}>
          {row.name} <ValueView value={row.before} depth={0} />
        </td>
        <td class="sign">~</td>
        <td style={indent}>
          {row.name} <ValueView value={row.after} depth={0} />
        </td>
        <td class="by" />
      </tr>
    );
  const [left, right] = SIGNS[row.status];
  const isSame = row.status === 'same';
  const isMove = row.status === 'moved';
  return (
    <tr class={row.status}>
      <Side
        cell={row.before}
        sign={row.before ? left : ''}
        tone={isSame ? '' : isMove ? 'moved' : 'removed'}
        note={row.movedTo && `to ${row.movedTo}`}
        indent={indent}
      />
      <Side
        cell={row.after}
        sign={row.after ? right : ''}
        tone={isSame ? '' : isMove ? 'moved' : 'added'}
        note={row.movedFrom && `from ${row.movedFrom}`}
        indent={indent}
      />
      <td class="by">
        {!isSame &&
          (row.write ? (
            <SourceLink operation={row.write.operation} actions={actions} />
          ) : (
            <span class="by quiet" title="Nothing between the two moments wrote it: it came with the loaded record.">
              as loaded
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
}: {
  cell: DiffCell | undefined;
  sign: string;
  tone: string;
  note: string | undefined;
  indent: Record<string, string>;
}) {
  if (cell === undefined)
    return (
      <>
        <td class="sign void" />
        <td class="void" />
      </>
    );
  return (
    <>
      <td class={`sign ${tone}`}>{sign}</td>
      <td class={tone} style={indent}>
        {cell.name}{' '}
        {cell.pieces === undefined ? (
          <ValueView value={cell.value} depth={2} />
        ) : (
          <ChangedValue value={cell.value} pieces={cell.pieces} />
        )}
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
        differs ? <mark key={index}>{text}</mark> : <span key={index}>{text}</span>,
      )}
    </>
  );
}
