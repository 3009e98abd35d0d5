/** The scripts of the model that load after the first screenful. */
import { deferred } from './deferred.ts';

/** What the tabs show, but the state; the doctor; what menus do. */
export const onDemand = deferred(() => import('../on-demand.ts'));

/** The rules. Until they are there no request has been looked at, and the count of those that wait says so. */
export const rules = deferred(() => import('../findings/engine.ts'));
