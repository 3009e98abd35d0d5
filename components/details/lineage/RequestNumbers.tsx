import { useState } from 'preact/hooks';
import { type ExchangeRecord, numberText, type PanelModel, requestOf } from '../../../model/index.ts';
import { visibleText } from '../../parts/visible-text.ts';

/** More are behind a button. */
const MAX_SHOWN = 12;
const MAX_ALL = 200;

/** Requests by their numbers; a click goes to one. */
export function RequestNumbers({ requests, model }: { requests: readonly ExchangeRecord[]; model: PanelModel }) {
  const [isOpen, setOpen] = useState(false);
  const most = isOpen ? MAX_ALL : MAX_SHOWN;
  const shown = requests.length <= most + 2 ? requests : [...requests.slice(0, most - 1), requests.at(-1)!];
  const hidden = requests.length - shown.length;
  const here = model.cursor.value?.exchange;
  return (
    <span class="numbers">
      {shown.map((exchange, index) => {
        const { method, path } = requestOf(exchange);
        return (
          <span key={exchange.id}>
            {hidden > 0 && index === shown.length - 1 && (
              <button type="button" class="to" onClick={() => setOpen(true)} disabled={isOpen}>
                … {hidden} more …
              </button>
            )}
            <button
              type="button"
              class="num"
              title={visibleText(`${method} ${path}`)}
              aria-current={exchange === here ? 'true' : undefined}
              onClick={() => model.jumpTo({ exchange })}
            >
              {numberText(exchange)}
            </button>{' '}
          </span>
        );
      })}
    </span>
  );
}
