import type { ViewedValue } from '../../model/index.ts';
import { useBench } from '../frame/panel-context.ts';

/** Opens a value in the viewer; nothing where there is none. */
export function ViewButton({ viewed }: { viewed: ViewedValue | undefined }) {
  const bench = useBench();
  if (viewed === undefined) return null;
  return (
    <button
      type="button"
      class="to"
      title="View the whole value"
      onClick={() => {
        bench.viewed.value = viewed;
      }}
    >
      View
    </button>
  );
}
