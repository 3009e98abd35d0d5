/** When cookie, session and record end, on one axis, with what set each. */
import {
  type Clock,
  formatDuration,
  formatTime,
  numberText,
  type PanelModel,
  requestOf,
} from '../../../model/index.ts';
import { visibleText } from '../../parts/visible-text.ts';

export function Clocks({ clocks, model }: { clocks: readonly Clock[]; model: PanelModel }) {
  const now = model.clock.value;
  const ends = clocks.flatMap(({ at }) => (typeof at === 'number' ? [at - now] : []));
  const longest = Math.max(...ends, 1);
  return (
    <section class="section" aria-label="Expiry">
      <h3>
        Expiry <span class="quiet">from now, {formatTime(now).slice(0, 8)}</span>
      </h3>
      <div class="clocks">
        {clocks.map((clock) => (
          <ClockView key={clock.name} clock={clock} now={now} longest={longest} model={model} />
        ))}
      </div>
    </section>
  );
}

interface ClockProps {
  clock: Clock;
  now: number;
  /** ms: the whole width. */
  longest: number;
  model: PanelModel;
}

function ClockView({ clock, now, longest, model }: ClockProps) {
  const { at, title, isFirst } = clock;
  const left = typeof at === 'number' ? at - now : undefined;
  const label = leftLabel(clock, left);
  // With the browser, or never: it has no end on this axis.
  const share = at === undefined ? 0 : left === undefined ? 100 : Math.max(0, (left / longest) * 100);
  return (
    <>
      <span>{title}</span>
      <div class={isFirst ? 'late' : ''} role="img" aria-label={`${title}: ${label}`}>
        <i class={at === null ? 'endless' : ''} style={{ width: `${share}%` }} />
        <span class="void" style={{ left: `${share}%` }} />
      </div>
      <b class={isFirst ? 'time' : ''}>{label}</b>
      <p class="quiet">
        <SetBy clock={clock} model={model} />
      </p>
    </>
  );
}

function leftLabel({ at, name, isGone, isAssumed }: Clock, left: number | undefined): string {
  if (isGone) return name === 'session' ? 'over' : 'no record';
  if (isAssumed && typeof at === 'number')
    return left! <= 0 ? 'over, if the usual rule applies' : `${formatDuration(left!)} left, assumed`;
  if (at === undefined) return 'not known';
  if (at === null) return name === 'cookie' ? 'browser close' : 'no end';
  return left! <= 0 ? 'over' : `${formatDuration(left!)} left`;
}

function SetBy({ clock: { at, claimedAt, setBy, setIn }, model }: { clock: Clock; model: PanelModel }) {
  if (setBy === undefined) return <>{at === undefined ? 'Nothing in this recording set it.' : ''}</>;
  const request = setIn && requestOf(setIn);
  return (
    <>
      {typeof at === 'number' && `until ${formatTime(at).slice(0, 8)}; `}
      {typeof claimedAt === 'number' && `until ${formatTime(claimedAt).slice(0, 8)} if the browser kept it; `}
      {claimedAt === null && 'until the browser closes if it kept it; '}set by {setBy}
      {setIn && request && (
        <>
          {' in '}
          <button
            type="button"
            class="to"
            title="Go to this request"
            onClick={() => model.select({ exchange: setIn.id, index: setIn.operations.length })}
          >
            {numberText(setIn)} {visibleText(`${request.method} ${request.path}`)}
          </button>
        </>
      )}
    </>
  );
}
