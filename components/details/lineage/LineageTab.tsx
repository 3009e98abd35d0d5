/** The family of a session's key: where it came from, who brought it, what became of it. Each row is an event, a click goes there. */
import { useRef } from 'preact/hooks';
import {
  type ExchangeRecord,
  type LineageView,
  noLineageLabel,
  type PanelModel,
  shortSession,
} from '../../../model/index.ts';
import type { PanelActions } from '../../frame/panel-actions.ts';
import { visibleText } from '../../parts/visible-text.ts';
import { LineageRows } from './LineageRows.tsx';
import { SharedCookieView } from './SharedCookieView.tsx';
import { useRovingRows } from './use-roving-rows.ts';
import '../findings/findings.css';
import './lineage.css';

export function LineageTab({ model, actions }: { model: PanelModel; actions: PanelActions }) {
  const cursor = model.cursor.value;
  if (cursor === undefined) return <p class="section quiet">Nothing recorded yet.</p>;
  const view = model.lineage.value;
  if (view === undefined) return <NoLineage exchange={cursor.exchange} />;
  return <Lineage view={view} model={model} actions={actions} />;
}

function Lineage({ view, model, actions }: { view: LineageView; model: PanelModel; actions: PanelActions }) {
  const body = useRef<HTMLDivElement>(null);
  const onKeyDown = useRovingRows(body);
  const { session, shared } = view;
  const exchange = model.cursor.value?.exchange;
  return (
    <div class="body lineage" ref={body} onKeyDown={onKeyDown}>
      {session === undefined ? (
        exchange !== undefined && <NoLineage exchange={exchange} />
      ) : (
        <>
          <Head view={view} session={session} />
          <LineageRows key={session} view={view} model={model} actions={actions} />
        </>
      )}
      {shared !== undefined && <SharedCookieView shared={shared} model={model} />}
    </div>
  );
}

function Head({ view: { cookieName, hosts, library, isCut }, session }: { view: LineageView; session: string }) {
  const facts = [cookieName === undefined ? '' : `cookie ${cookieName}`, hosts.join(', '), library ?? ''];
  return (
    <section class="section lineage-head">
      <h3>
        Lineage of <code title={session}>{shortSession(session)}</code>
      </h3>
      <p class="quiet">{visibleText(facts.filter((fact) => fact !== '').join(' · '))}</p>
      {isCut && <p class="quiet">It has more keys than are drawn here: those nearest to this one are.</p>}
    </section>
  );
}

function NoLineage({ exchange }: { exchange: ExchangeRecord }) {
  return <p class="section quiet">{visibleText(noLineageLabel(exchange))}</p>;
}
