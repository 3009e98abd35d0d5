import type { LineageRow } from '../../../model/index.ts';
import { Glyph, type GlyphName } from '../../parts/glyphs.tsx';

const GLYPHS: Record<LineageRow['mark'], readonly [GlyphName, tone: string] | undefined> = {
  begun: ['set', 'key'],
  joined: ['cycle', 'quiet'],
  user: ['user', 'write'],
  brought: ['get', 'quiet'],
  set: ['get', 'quiet'],
  ended: ['flush', 'remove'],
  expired: ['clock', 'remove'],
  missing: ['miss', 'time'],
  revived: ['save', 'remove'],
  works: ['load', 'remove'],
  gap: undefined,
  restart: undefined,
};

/** The lines beside one row: what its words say, drawn. */
export function LineageRails({ row }: { row: LineageRow }) {
  const { rails, mark } = row;
  const isUnknown = row.how === 'brought';
  const { lane, up, down, from, isLoose } = rails;
  const [name, tone] = isUnknown ? (['miss', 'key'] as const) : (GLYPHS[mark] ?? []);
  return (
    <span class="rails" aria-hidden="true">
      {up.map((at) => (
        <i key={`up ${at}`} class={`up ${at === lane && isLoose ? 'loose' : ''}`} style={{ '--lane': at }} />
      ))}
      {isUnknown && lane !== undefined && !up.includes(lane) && <i class="up unknown" style={{ '--lane': lane }} />}
      {down.map((at) => (
        <i key={`down ${at}`} class="down" style={{ '--lane': at }} />
      ))}
      {from !== undefined && lane !== undefined && (
        <i
          class={`branch ${isLoose ? 'loose' : ''}`}
          style={{ '--lane': Math.min(from, lane), '--span': Math.abs(lane - from) }}
        />
      )}
      {lane !== undefined && name !== undefined && (
        <span class="at-lane" style={{ '--lane': lane }}>
          <Glyph name={name} tone={tone ?? ''} />
        </span>
      )}
    </span>
  );
}
