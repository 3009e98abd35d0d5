import type { PanelModel } from '../../model/index.ts';
import type { Recording } from '../../playground/panel/recording.ts';

/** What `playground/panel/main.tsx` leaves on its page for who drives it. */
export interface PageUnderTest {
  panelModel: PanelModel;
  recording: Recording;
  manyEvents: (events: Recording['events'], count: number) => Recording['events'];
}
