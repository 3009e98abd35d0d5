/** The watched key over all requests: what each left there, newest first. A click goes to the request. */
import { formatPath, type PanelModel, plural, requestOf, sessionAt, watchRows } from '../../../model/index.ts';
import { useBench } from '../../frame/panel-context.ts';
import { RequestText } from '../../parts/request-text.tsx';
import { cutMiddle, visibleKey } from '../../parts/visible-text.ts';
import { ValueView } from '../../parts/value.tsx';

/** Changes that are listed. */
const SHOWN = 12;
/** Characters of a key in a title. */
const MAX_KEY = 60;

const WORDS = { same: 'same: ', different: '', unknown: 'not compared: ' } as const;

export function Watch({ model }: { model: PanelModel }) {
  const bench = useBench();
  const path = bench.watched.value;
  const cursor = model.cursor.value;
  if (path === undefined || cursor === undefined) return null;
  const all = watchRows(model.items.value, sessionAt(cursor.exchange, cursor.index), path);
  // What did not change is shown by the number of requests that left it alone.
  const rows = all.filter(({ is }, at) => is !== 'same' || at === 0 || at === all.length - 1);
  return (
    <section class="section" aria-label="Watched key">
      <h3>
        Watching <code>{cutMiddle(visibleKey(formatPath(path)), MAX_KEY)}</code>{' '}
        <span class="quiet">over {plural(all.length, 'request')}</span>{' '}
        <button
          type="button"
          class="button"
          onClick={() => {
            bench.watched.value = undefined;
          }}
        >
          Stop
        </button>
      </h3>
      {all.length === 0 && <p class="quiet">No request of this session has loaded it yet.</p>}
      <ol class="history watch">
        {rows.slice(0, SHOWN).map(({ exchange, value, is }) => (
          <li key={exchange.id} class={exchange.id === cursor.exchange.id ? 'here' : ''}>
            <button
              type="button"
              class="num"
              title="Go to this request"
              onClick={() => model.select({ exchange: exchange.id, index: exchange.operations.length })}
            >
              #{exchange.number}
            </button>
            <RequestText {...requestOf(exchange)} />
            <span class={`mono what ${is === 'same' ? 'quiet' : ''}`}>
              {WORDS[is]}
              {value === undefined ? 'absent' : <ValueView value={value} />}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
