/** The requirements of OWASP's ASVS 5.0 on sessions, by section, with what this recording shows of each. */
import { countsLabel, countsOf, type PanelModel, plural, type SheetSection } from '../../../model/index.ts';
import type { PanelActions } from '../../frame/panel-actions.ts';
import { visibleText } from '../../parts/visible-text.ts';
import { moveFocus } from './move-focus.ts';
import { RequirementRow } from './RequirementRow.tsx';
import './asvs.css';

interface SheetProps {
  model: PanelModel;
  actions: PanelActions;
}

export function AsvsSheet({ model, actions }: SheetProps) {
  const sheet = model.sheet.value;
  if (sheet === undefined) return null;
  const { sections, counts, requests } = sheet;
  return (
    <div class="body findings" onKeyDown={moveFocus}>
      {model.sheetGaps.value.map((gap) => (
        <p key={gap} class="note">
          {visibleText(gap)}
        </p>
      ))}
      <div class="section">
        {requests === 0 ? (
          <>
            <p class="lead">No request has ended yet: nothing is tested.</p>
            <p>
              Use the app as its users do: open a page that begins a session, log in, open what is yours, log out, and
              load a page with the old cookie. Each row says what it needs.
            </p>
          </>
        ) : (
          <p class="lead">
            {countsLabel(counts)}, from {plural(requests, 'request')}.
          </p>
        )}
        <p class="quiet">
          Of session cookies and sessions, in the whole recording. What was not seen is not met; by hand is what no
          recording of sessions can show.
        </p>
      </div>
      {sections.map((one) => (
        <Section key={one.section.id} section={one} model={model} actions={actions} />
      ))}
    </div>
  );
}

function Section({ section: { section, rows }, model, actions }: SheetProps & { section: SheetSection }) {
  const title = `V${section.id} ${section.title}`;
  return (
    <section aria-label={title}>
      <h3 class="finding-group">
        {title} <span class="quiet">{countsLabel(countsOf(rows))}</span>
      </h3>
      <ul class="finding-rows">
        {rows.map((row) => (
          <RequirementRow key={row.requirement.id} row={row} model={model} actions={actions} />
        ))}
      </ul>
    </section>
  );
}
