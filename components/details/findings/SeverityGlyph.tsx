import type { Severity } from '../../../model/index.ts';
import { Glyph, type GlyphName } from '../../parts/glyphs.tsx';

const GLYPHS: Record<Severity, readonly [name: GlyphName, tone: string]> = {
  problem: ['bad', 'remove'],
  warning: ['warn', 'time'],
  note: ['info', 'quiet'],
};

/** Octagon, triangle, ringed i: what it says is said in words beside it. */
export function SeverityGlyph({ severity }: { severity: Severity }) {
  const [name, tone] = GLYPHS[severity];
  return <Glyph name={name} tone={tone} />;
}

export const severityTone = (severity: Severity): string => GLYPHS[severity][1];
