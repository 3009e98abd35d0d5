/** The filter, and what it offers while a word is typed. */
import { useState } from 'preact/hooks';
import { onDemand, type PanelModel } from '../../model/index.ts';
import { visibleText } from '../parts/visible-text.ts';

const LIST_ID = 'filter-suggestions';

export function FilterBox({ model }: { model: PanelModel }) {
  const text = model.filterText.value;
  const [isTyping, setTyping] = useState(false);
  const [at, setAt] = useState(-1);
  // Asked only while somebody types: it goes through the newest requests.
  const all = (isTyping ? onDemand.code?.suggestionsFor(text, model.items.value) : undefined) ?? [];
  const isOpen = all.length > 0;
  const take = (term: string) => {
    const word = onDemand.code?.wordAt(text) ?? '';
    const rest = text.slice(0, text.length - word.length);
    // A field waits for its value; a whole term is done.
    model.filterText.value = rest + term + (term.endsWith(':') ? '' : ' ');
    setAt(-1);
  };
  const KEYS: Record<string, () => void> = {
    ArrowDown: () => setAt((at + 1) % all.length),
    ArrowUp: () => setAt((at <= 0 ? all.length : at) - 1),
    Tab: () => take(all[Math.max(at, 0)]!.term),
    Escape: () => setTyping(false),
  };
  return (
    <div class="filter-box">
      <input
        type="search"
        class="filter"
        placeholder="Filter"
        aria-label="Filter"
        role="combobox"
        list={undefined}
        aria-expanded={isOpen}
        aria-controls={LIST_ID}
        aria-autocomplete="list"
        aria-activedescendant={isOpen && at >= 0 ? `${LIST_ID}-${at}` : undefined}
        title={
          'Words in request, key, value, file; key: path: session: record: cookie: status: is: server:\n- before a term hides what it finds. Focus with / or Ctrl+F'
        }
        value={text}
        onInput={(event) => {
          model.filterText.value = event.currentTarget.value;
          setTyping(true);
          setAt(-1);
        }}
        onBlur={() => setTyping(false)}
        onKeyDown={(event) => {
          if (!isOpen) return;
          const act = event.key === 'Enter' && at >= 0 ? () => take(all[at]!.term) : KEYS[event.key];
          // Tab completes a word that is being typed, and else goes on as ever.
          if (act === undefined || (event.key === 'Tab' && (event.shiftKey || onDemand.code?.wordAt(text) === '')))
            return;
          event.preventDefault();
          event.stopPropagation();
          act();
        }}
      />
      <ul class="suggestions" id={LIST_ID} role="listbox" aria-label="Suggestions" hidden={!isOpen}>
        {all.map(({ term, says }, index) => (
          <li
            key={term}
            id={`${LIST_ID}-${index}`}
            role="option"
            aria-selected={index === at}
            // The field keeps the focus.
            onMouseDown={(event) => {
              event.preventDefault();
              take(term);
            }}
          >
            <bdi class="mono">{visibleText(term)}</bdi> <span class="quiet">{says}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
