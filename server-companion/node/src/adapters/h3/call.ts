/** One call that the app makes of h3's session functions. */
import type { Source } from '../../../../../protocol/index.ts';
import type { EventAccess } from './event-access.ts';
import type { SessionConfig } from './types.ts';

export interface Call {
  readonly access: EventAccess;
  readonly config: SessionConfig;
  /** As the app named it. */
  readonly name: string;
  readonly source: Source;
}
