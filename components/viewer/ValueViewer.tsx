/** A whole value: wrapped, formatted, searched, copied. Lies over the details; Esc closes it. */
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import {
  type Block,
  blocksOf,
  codeText,
  hitsOf,
  isPartial,
  type Language,
  type PanelModel,
  sizeLabel,
  sourceText,
  valueText,
  type ViewedValue,
} from '../../model/index.ts';
import { type EncodedValue, isTagged } from '../../protocol/index.ts';
import type { PanelActions } from '../frame/panel-actions.ts';
import { useBench } from '../frame/panel-context.ts';
import { messageOf } from '../parts/message-of.ts';
import { visibleText } from '../parts/visible-text.ts';

interface ViewerProps {
  viewed: ViewedValue;
  model: PanelModel;
  actions: PanelActions;
  onClose: () => void;
}

export function ValueViewer({ viewed, model, actions, onClose }: ViewerProps) {
  const bench = useBench();
  const box = useRef<HTMLElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const [query, setQuery] = useState('');
  const [at, setAt] = useState(0);
  const [isRaw, setRaw] = useState(false);
  const [fault, setFault] = useState<string>();
  const [isLoading, setLoading] = useState(false);
  /** What the server gave last: all that its log has of it. */
  const [fetched, setFetched] = useState<EncodedValue>();
  const { value, title, origin } = viewed;
  const { text, isParsed } = useMemo(() => valueText(value, isRaw), [value, isRaw]);
  const shown = useMemo(() => visibleLines(text), [text]);
  const blocks = useMemo(() => blocksOf(shown), [shown]);
  const hits = useMemo(() => hitsOf(shown, query), [shown, query]);
  const current = hits.length === 0 ? -1 : ((at % hits.length) + hits.length) % hits.length;
  const language: Language = /python/i.test(model.connection.value.companion?.runtime ?? '') ? 'Python' : 'JavaScript';

  useLayoutEffect(() => {
    const before = document.activeElement;
    box.current?.querySelector<HTMLElement>('.value-text-body')?.focus();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  useEffect(() => box.current?.querySelector('mark.current')?.scrollIntoView({ block: 'center' }), [current, query]);

  const run = async (work: () => Promise<EncodedValue | undefined>) => {
    setFault(undefined);
    setLoading(true);
    try {
      const found = await work();
      setFetched(found);
      if (found !== undefined) bench.viewed.value = { ...viewed, value: found };
    } catch (error) {
      setFault(messageOf(error));
    }
    setLoading(false);
  };
  const { fetchValue, loadValue } = actions;
  const isCut = isPartial(value);
  const canLoad = fetchValue !== undefined && origin !== undefined && isCut && value !== fetched;
  const canReveal =
    loadValue !== undefined &&
    origin !== undefined &&
    isTagged(value) &&
    value.$ === 'redacted' &&
    model.connection.value.paired;

  const onKeyDown = (event: KeyboardEvent) => {
    const isFind = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'f';
    const isInField = event.target === field.current;
    if (event.key === 'Escape') {
      if (isInField && query !== '') setQuery('');
      else onClose();
    } else if (isFind || (event.key === '/' && !isInField)) field.current?.focus();
    else if (event.key === 'Enter' && isInField) setAt(current + (event.shiftKey ? -1 : 1));
    else if (event.key === 'c' && !isInField && !event.ctrlKey && !event.metaKey) actions.copy(sourceText(value));
    else {
      // The panel's own keys would change what lies below; the browser's scroll and copy.
      event.stopPropagation();
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <section class="viewer" ref={box} role="dialog" aria-label={`Value of ${visibleText(title)}`} onKeyDown={onKeyDown}>
      <header>
        <h3 class="cut" title={visibleText(title)}>
          <bdi class="mono">{visibleText(title)}</bdi> <span class="quiet">{sizeLabel(value)}</span>
        </h3>
        <button type="button" class="button" title="Close (Esc)" onClick={onClose}>
          Close
        </button>
      </header>
      <div class="viewer-tools">
        <input
          ref={field}
          type="search"
          class="filter"
          placeholder="Find in value"
          aria-label="Find in value"
          value={query}
          onInput={(event) => {
            setQuery(event.currentTarget.value);
            setAt(0);
          }}
        />
        <span class="quiet num" role="status">
          {query === '' ? '' : hits.length === 0 ? 'not found' : `${current + 1} of ${hits.length}`}
        </span>
        <label class="check">
          <input
            type="checkbox"
            checked={bench.wraps.value}
            onChange={() => {
              bench.wraps.value = !bench.wraps.value;
            }}
          />
          Wrap
        </label>
        {(isParsed || isRaw) && (
          <label class="check" title="The text holds JSON">
            <input type="checkbox" checked={!isRaw} onChange={() => setRaw(!isRaw)} />
            Formatted
          </label>
        )}
        <button type="button" class="button" title="Key c" onClick={() => actions.copy(sourceText(value))}>
          Copy as JSON
        </button>
        <button type="button" class="button" onClick={() => actions.copy(codeText(value, language))}>
          Copy as {language}
        </button>
        {typeof value === 'string' && (
          <button type="button" class="button" onClick={() => actions.copy(value)}>
            Copy text
          </button>
        )}
        {canLoad && (
          <button
            type="button"
            class="button main"
            disabled={isLoading}
            onClick={() => void run(() => fetchValue(origin))}
          >
            {isLoading ? 'Loading…' : 'Load all'}
          </button>
        )}
        {canReveal && (
          <button
            type="button"
            class="button main"
            disabled={isLoading}
            onClick={() => void run(async () => (await loadValue(origin, true)) ?? undefined)}
          >
            Reveal
          </button>
        )}
      </div>
      {fault && (
        <p class="note" role="alert">
          {fault}
        </p>
      )}
      {isCut && value === fetched && <p class="note">The server's log keeps no more of this value.</p>}
      <div
        class={`value-text-body ${bench.wraps.value ? 'wraps' : ''}`}
        tabIndex={0}
        role="region"
        aria-label="The value"
      >
        {blocks.map((block, index) => (
          <BlockView key={index} block={block} hits={hits} length={query.length} current={hits[current] ?? -1} />
        ))}
      </div>
    </section>
  );
}

/** Line breaks stay line breaks; whatever else cannot be seen is written out. */
const visibleLines = (text: string) =>
  text
    .split('\n')
    .map((line) => visibleText(line.replaceAll('\t', '    ')))
    .join('\n');

interface BlockProps {
  block: Block;
  hits: readonly number[];
  length: number;
  current: number;
}

/** One text node where nothing was found in it. */
function BlockView({ block, hits, length, current }: BlockProps) {
  const end = block.start + block.text.length;
  const own = hits.filter((hit) => hit >= block.start && hit < end);
  const pieces = [];
  let from = block.start;
  for (const hit of own) {
    pieces.push(block.text.slice(from - block.start, hit - block.start));
    pieces.push(
      <mark key={hit} class={hit === current ? 'current' : ''}>
        {block.text.slice(hit - block.start, hit - block.start + length)}
      </mark>,
    );
    from = hit + length;
  }
  pieces.push(block.text.slice(from - block.start));
  return (
    <pre class="mono" style={{ 'contain-intrinsic-height': `auto ${block.lines * 16}px` }}>
      {pieces}
    </pre>
  );
}
