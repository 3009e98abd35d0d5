import { type ExchangeRecord, numberText, type PanelModel, type SharedCookie } from '../../../model/index.ts';
import { visibleText } from '../../parts/visible-text.ts';
import { RequestNumbers } from './RequestNumbers.tsx';

/** Servers of one host that have this cookie in common, and who wrote it over another's. */
export function SharedCookieView({ shared, model }: { shared: SharedCookie; model: PanelModel }) {
  const { name, hostname, ports, paths, overwrites } = shared;
  return (
    <section class="section" aria-label="Who shares this cookie">
      <h3>
        Ports of {visibleText(hostname)} with a cookie <code>{visibleText(name)}</code>
      </h3>
      <p class="quiet">
        {paths.length > 1
          ? `Their Set-Cookie headers name different paths (${paths.join(', ')}): a browser keeps one cookie for each path, for all ports.`
          : 'A browser keeps one cookie of that name for all ports of a host: each server that sets it replaces what another had set.'}
      </p>
      <ul class="ports">
        {ports.map(({ host, server, brought, set }) => (
          <li key={host} data-row>
            <b class="mono">{visibleText(host)}</b> {server !== undefined && visibleText(server)}
            <span class="line">
              {set.length > 0 && 'set by '}
              <RequestNumbers requests={set} model={model} />
              {brought.length > 0 && ' brought by '}
              <RequestNumbers requests={brought} model={model} />
            </span>
          </li>
        ))}
      </ul>
      {overwrites.length > 0 && (
        <ol class="overwrites" aria-label="Overwritten">
          {overwrites.map(({ writer, reader }) => (
            <li key={`${writer.id} ${reader.id}`} data-row>
              <Jump exchange={writer} model={model} /> set it; then <Jump exchange={reader} model={model} /> brought a
              cookie by which its own server knows no session.
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

const Jump = ({ exchange, model }: { exchange: ExchangeRecord; model: PanelModel }) => (
  <button type="button" class="to num" onClick={() => model.jumpTo({ exchange })}>
    {numberText(exchange)}
  </button>
);
