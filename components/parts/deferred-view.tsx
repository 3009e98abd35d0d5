/** A view whose script the first screenful does not need. */
import type { FunctionComponent } from 'preact';
import { deferred, onDemand } from '../../model/index.ts';
import type * as onDemandViews from '../on-demand.ts';

type Views = typeof onDemandViews;

/** With what of the model they show. */
const views = deferred(async (): Promise<Views> => {
  const [loaded] = await Promise.all([import('../on-demand.ts'), onDemand.get()]);
  return loaded;
});

/**
 * Until its script is there, its place is empty and says that it is busy; where it can't be loaded, the place says so.
 * `isPart`: it stands among others, and its place is nothing until then.
 */
export function deferredView<Props extends object>(
  choose: (loaded: Views) => FunctionComponent<Props>,
  { isPart = false } = {},
): FunctionComponent<Props> {
  return (props) => {
    const { code, fault } = views;
    if (code !== undefined) {
      const View = choose(code);
      return <View {...props} />;
    }
    if (fault !== undefined)
      return (
        <p class="note" role="alert">
          <b>A script of this panel could not be loaded.</b> Open the panel again. <span class="quiet">{fault}</span>
        </p>
      );
    return isPart ? null : <div class="body" aria-busy="true" />;
  };
}
