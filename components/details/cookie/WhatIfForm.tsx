/** *What if the settings were different?*: the library's settings, and which requests would have come out differently. */
import { useId, useRef, useState } from 'preact/hooks';
import {
  type ExchangeRecord,
  numberText,
  type PanelModel,
  requestOf,
  type SettingValues,
  settingText,
  type WhatIfPart,
  type WhatIfRow,
  type WhatIfSetting,
  type WhatIfView,
  whatIfView,
} from '../../../model/index.ts';
import { visibleText } from '../../parts/visible-text.ts';
import './what-if.css';

/** More are behind a button: a recording may have thousands. */
const MAX_ROWS = 20;

/** What the user has written, by the setting's name; a field that is empty asks nothing. */
type Written = Readonly<Record<string, string>>;

export function WhatIfForm({ exchange, model }: { exchange: ExchangeRecord; model: PanelModel }) {
  const [written, setWritten] = useState<Written>({});
  const settings = whatIfView(model.items.value, exchange, {})?.settings;
  const asked = askedBy(settings ?? [], written);
  const view = useView(model, exchange, asked);
  if (settings === undefined || view === undefined) return null;
  return (
    <section class="section what-if" aria-label="What if the settings were different?">
      <h3>
        What if the settings were different? <span class="quiet">{visibleText(view.library)}</span>
      </h3>
      <form onSubmit={(event) => event.preventDefault()}>
        {settings.map((setting) => (
          <SettingField
            key={setting.name}
            setting={setting}
            value={written[setting.name] ?? ''}
            set={(value) => setWritten({ ...written, [setting.name]: value })}
          />
        ))}
      </form>
      <div role="status">
        {view.answer === undefined ? (
          <p class="quiet">
            Choose another value: each recorded request is worked out again by the library's own rule. Your app is not
            changed.
          </p>
        ) : (
          <Answer rows={view.answer.rows} summary={view.answer.summary} model={model} />
        )}
      </div>
    </section>
  );
}

/** A recording of so many requests is gone through once a second at most, however many events come. */
const MANY_ITEMS = 2_000;
const AGAIN_MS = 1_000;

/** While time runs, this tab is drawn each second: what came meanwhile is seen then. */
function useView(model: PanelModel, exchange: ExchangeRecord, asked: SettingValues): WhatIfView | undefined {
  const items = model.items.value;
  const made = useRef<{ key: string; items: unknown; at: number; view: WhatIfView | undefined }>(undefined);
  const { cookie, middleware } = exchange.started ?? {};
  const key = JSON.stringify([exchange.epoch, middleware, cookie?.name, asked]);
  const { current } = made;
  const now = performance.now();
  const isFresh = items.length > MANY_ITEMS && current !== undefined && now - current.at < AGAIN_MS;
  if (current?.key === key && (current.items === items || isFresh)) return current.view;
  const view = whatIfView(items, exchange, asked);
  made.current = { key, items, at: now, view };
  return view;
}

/** Only what can be read counts. */
function askedBy(settings: readonly WhatIfSetting[], written: Written): SettingValues {
  const asked: Record<string, boolean | number | null> = {};
  for (const setting of settings) {
    const value = valueOf(setting, written[setting.name] ?? '');
    if (value !== undefined) asked[setting.name] = value;
  }
  return asked;
}

/** `undefined`: nothing is asked, or it can't be read. */
function valueOf({ kind, unitMs = 1, canBeNone = false }: WhatIfSetting, text: string) {
  if (kind === 'flag') return text === '' ? undefined : text === 'true';
  if (canBeNone && text.trim() === 'none') return null;
  return /^\d{1,13}$/.test(text.trim()) ? Number(text) * unitMs : undefined;
}

interface FieldProps {
  setting: WhatIfSetting;
  value: string;
  set: (value: string) => void;
}

function SettingField({ setting, value, set }: FieldProps) {
  const id = useId();
  const { name, kind, recorded, unitMs, canBeNone } = setting;
  if (kind === 'flag')
    return (
      <>
        <label for={id}>
          <code>{name}</code>
        </label>
        <select id={id} value={value} onChange={(event) => set(event.currentTarget.value)}>
          <option value="">{shown(setting, recorded)}, as it is</option>
          <option value={String(recorded !== true)}>{shown(setting, recorded !== true)}</option>
        </select>
      </>
    );
  const unit = unitMs === 1 ? 'ms' : 's';
  const isWrong = value.trim() !== '' && valueOf(setting, value) === undefined;
  return (
    <>
      <label for={id}>
        <code>{name}</code> <span class="quiet">{unit}</span>
      </label>
      <div>
        <input
          id={id}
          autocomplete="off"
          spellcheck={false}
          inputMode={canBeNone ? 'text' : 'numeric'}
          placeholder={`${shown(setting, recorded)}, as it is`}
          value={value}
          aria-invalid={isWrong}
          aria-describedby={isWrong ? `${id}-wrong` : undefined}
          onInput={(event) => set(event.currentTarget.value)}
        />
        {isWrong && (
          <p class="time" id={`${id}-wrong`}>
            Write a whole number of {unit}
            {canBeNone ? ', or none' : ''}.
          </p>
        )}
      </div>
    </>
  );
}

/** The value alone, as it stands in code. */
const shown = (setting: WhatIfSetting, value: boolean | number | null): string =>
  settingText(setting, value).replace(/^.*?(?:: | = )/, '');

function Answer({ rows, summary, model }: { rows: readonly WhatIfRow[]; summary: string; model: PanelModel }) {
  const [isWhole, setWhole] = useState(false);
  const seen = isWhole ? rows : rows.slice(0, MAX_ROWS);
  return (
    <>
      <p class="lead">{summary}.</p>
      {seen.length > 0 && (
        <ol>
          {seen.map((row) => (
            <RowView key={row.exchange.id} row={row} model={model} />
          ))}
        </ol>
      )}
      {seen.length < rows.length && (
        <button type="button" class="button" onClick={() => setWhole(true)}>
          {rows.length - seen.length} more
        </button>
      )}
      <p class="quiet">
        Taken for granted: your code does the same with its session, and browsers send the cookies that they are given.
      </p>
    </>
  );
}

function RowView({ row: { exchange, parts, why }, model }: { row: WhatIfRow; model: PanelModel }) {
  const { method, path } = requestOf(exchange);
  return (
    <li>
      <button
        type="button"
        class="to"
        title="Go to this request"
        onClick={() => model.select({ exchange: exchange.id, index: exchange.operations.length })}
      >
        {numberText(exchange)} {visibleText(`${method} ${path}`)}
      </button>
      {why !== undefined && <p class="quiet">{visibleText(why)}</p>}
      {parts.map((part) => (
        <PartView key={part.what} part={part} />
      ))}
    </li>
  );
}

const PartView = ({ part: { what, was, is, text, setting } }: { part: WhatIfPart }) => (
  <p>
    {what}: <s class="quiet">{was}</s> <span class="unseen">would be</span> <span aria-hidden="true">→</span>{' '}
    <b class={is === undefined ? 'quiet' : ''}>{is ?? 'not known'}</b>. <span class="quiet">{visibleText(text)}</span>{' '}
    {setting !== undefined && <code class="quiet">{visibleText(setting)}</code>}
  </p>
);
