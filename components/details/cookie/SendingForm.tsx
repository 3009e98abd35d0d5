/** *Would it be sent?*: a request that has not been made, and whether it would carry the session's cookie. */
import { useEffect, useId, useState } from 'preact/hooks';
import {
  defaultQuestion,
  type ExchangeRecord,
  KIND_LABELS,
  type KeptCookie,
  type PanelModel,
  REQUEST_KINDS,
  type RequestKind,
  type SendingAnswer,
  sendingView,
  sessionCookieOf,
  SET_WITH_LABELS,
  type SetWith,
} from '../../../model/index.ts';
import type { PanelActions } from '../../frame/panel-actions.ts';
import { Glyph, type GlyphName } from '../../parts/glyphs.tsx';
import { visibleText } from '../../parts/visible-text.ts';
import './sending.css';

interface SendingProps {
  exchange: ExchangeRecord;
  model: PanelModel;
  actions: PanelActions;
}

/** What the user has set; a field that is empty has its default. */
interface Question {
  kind: RequestKind;
  url: string;
  page: string;
  /** Empty: as it is. */
  setWith: SetWith | '';
}

export function SendingForm({ exchange, model, actions }: SendingProps) {
  const [asked, setAsked] = useState<Question>({ kind: 'link', url: '', page: '', setWith: '' });
  const byDefault = defaultQuestion(exchange, model.connection.value.pageOrigin);
  const url = asked.url.trim() || byDefault.url;
  const page = asked.page.trim() || byDefault.page;
  const jar = useJar({ exchange, model, actions }, [byDefault.url, url]);
  const view = sendingView(
    exchange,
    { url, page, kind: asked.kind, at: model.clock.value },
    { items: model.items.value, changes: model.jarChanges.value, jar },
    asked.setWith || undefined,
  );
  if (view === undefined) return null;
  return (
    <section class="section sending" aria-label="Would it be sent?">
      <h3>
        Would <code>{visibleText(view.name)}</code> be sent?
      </h3>
      <QuestionFields
        asked={asked}
        byDefault={byDefault}
        set={(change) => setAsked((before) => ({ ...before, ...change }))}
      />
      <div role="status">
        {view.answers.map((answer, index) => (
          <AnswerView key={index} answer={answer} isOnly={view.answers.length === 1} />
        ))}
        <p class="quiet">{visibleText(view.source)}</p>
      </div>
    </section>
  );
}

/** What the jar holds for these URLs, read again whenever a cookie changed; `undefined`: it can't be read. */
function useJar(
  { exchange, model, actions }: SendingProps,
  urls: readonly string[],
): readonly KeptCookie[] | undefined {
  const [read, setRead] = useState<{ of: string; found: readonly KeptCookie[] | undefined }>();
  const name = sessionCookieOf(exchange);
  const { readJar } = actions;
  const changes = model.jarChanges.value;
  const of = [name, ...urls].join(' ');
  useEffect(() => {
    let isOver = false;
    const ask = async () => {
      const found =
        readJar === undefined || name === undefined
          ? undefined
          : await readJar([...new Set(urls)], name).catch(() => undefined);
      if (!isOver) setRead({ of, found });
    };
    void ask();
    return () => {
      isOver = true;
    };
  }, [readJar, of, changes]);
  // What was read for another URL says nothing of this one.
  return read?.of === of ? read.found : undefined;
}

interface FieldsProps {
  asked: Question;
  byDefault: { url: string; page: string };
  set: (change: Partial<Question>) => void;
}

function QuestionFields({ asked, byDefault, set }: FieldsProps) {
  const id = useId();
  const field = (name: 'url' | 'page', label: string) => (
    <>
      <label for={`${id}-${name}`}>{label}</label>
      <input
        id={`${id}-${name}`}
        autocomplete="off"
        spellcheck={false}
        inputMode="url"
        placeholder={visibleText(byDefault[name])}
        value={asked[name]}
        disabled={name === 'page' && asked.kind === 'typed'}
        onInput={(event) => set({ [name]: event.currentTarget.value })}
      />
    </>
  );
  return (
    <form onSubmit={(event) => event.preventDefault()}>
      {field('url', 'Request to')}
      <label for={`${id}-kind`}>Made by</label>
      <select
        id={`${id}-kind`}
        value={asked.kind}
        onChange={(event) => set({ kind: event.currentTarget.value as RequestKind })}
      >
        {REQUEST_KINDS.map((kind) => (
          <option key={kind} value={kind}>
            {KIND_LABELS[kind]}
          </option>
        ))}
      </select>
      {field('page', 'On the page')}
      <label for={`${id}-with`}>What if it had</label>
      <select
        id={`${id}-with`}
        value={asked.setWith}
        onChange={(event) => set({ setWith: event.currentTarget.value as Question['setWith'] })}
      >
        <option value="">what it was set with</option>
        {Object.entries(SET_WITH_LABELS).map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
    </form>
  );
}

const ANSWERS: Record<SendingAnswer['answer'], readonly [words: string, glyph: GlyphName, tone: string]> = {
  yes: ['Yes', 'yes', 'store'],
  no: ['No', 'no', 'remove'],
  unknown: ['Not known', 'waiting', 'quiet'],
};

function AnswerView({ answer, isOnly }: { answer: SendingAnswer; isOnly: boolean }) {
  const { place, text, unless, fix, reference, rule } = answer;
  const [words, glyph, tone] = ANSWERS[answer.answer];
  return (
    <div class="answer">
      <p class="lead">
        <Glyph name={glyph} tone={tone} /> {words}
        {unless === undefined ? '.' : `, ${visibleText(unless)}.`}
        {!isOnly && place !== undefined && <span class="quiet"> {visibleText(place)}</span>}
      </p>
      <p>
        {visibleText(text)} <code class="quiet">{rule}</code>
        {reference && (
          <>
            {' '}
            <a class="reference" href={reference.url} target="_blank" rel="noreferrer">
              {reference.text}
            </a>
          </>
        )}
      </p>
      {fix !== undefined && (
        <p>
          <b>Fix.</b> {visibleText(fix)}
        </p>
      )}
    </div>
  );
}
