/** What each lane of the line is; of a session's, a click shows that session alone. */
import { type Lane, type Lanes, type PanelModel } from '../../model/index.ts';
import { visibleText } from '../parts/visible-text.ts';
import { HEAD_PX, LANE_PX } from './ScrubberBars.tsx';

interface LaneLabelsProps {
  lanes: Lanes;
  /** Of the moment that is looked at. */
  own: Lane | undefined;
  model: PanelModel;
}

/** For eyes and mouse: the slider beside it says the lane, and keys choose a session (`s`). */
export function LaneLabels({ lanes, own, model }: LaneLabelsProps) {
  return (
    <div class="lane-labels" aria-hidden="true" style={{ paddingTop: `${HEAD_PX}px` }}>
      {lanes.lanes.map(({ key, label, title, session }) => (
        <span
          key={key}
          class={key === own?.key ? 'cut own' : 'cut'}
          title={visibleText(session === undefined ? title : `${title}. Click to show it alone`)}
          style={{ height: `${LANE_PX}px` }}
          onClick={() => {
            if (session !== undefined) model.session.value = model.session.value === session ? undefined : session;
          }}
        >
          <bdi>{visibleText(label)}</bdi>
        </span>
      ))}
    </div>
  );
}
