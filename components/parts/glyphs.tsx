/** The panel's glyphs: drawn once as symbols, used by reference. Each meaning also has a word and a colour. */
import type { JSX } from 'preact';
import type { OperationRecorded } from '../../protocol/index.ts';

const PATHS = {
  load: <path d="M6 8.5V1.5M3 4.5l3-3 3 3M1.5 11h9" />,
  save: <path d="M6 1v7M3 5l3 3 3-3M1.5 11h9" />,
  get: <circle cx="6" cy="6" r="3.3" />,
  miss: <circle cx="6" cy="6" r="3.6" stroke-dasharray="2 1.8" />,
  set: <circle cx="6" cy="6" r="3.3" fill="currentColor" />,
  inferred: (
    <>
      <circle cx="6" cy="6" r="4.4" stroke-dasharray="2 1.5" />
      <circle cx="6" cy="6" r="1.7" fill="currentColor" stroke="none" />
    </>
  ),
  delete: <path d="M3 3l6 6M9 3l-6 6" />,
  flush: (
    <>
      <circle cx="6" cy="6" r="4.4" />
      <path d="M3 9l6-6" />
    </>
  ),
  create: <path d="M6 2v8M2 6h8" />,
  cycle: <path d="M10 5a4.2 4.2 0 0 0-7.6-1.4M2 7a4.2 4.2 0 0 0 7.6 1.4M2.2 1.2v2.6h2.6M9.8 10.8V8.2H7.2" />,
  clock: (
    <>
      <circle cx="6" cy="6" r="4.6" />
      <path d="M6 3.3V6l2 1.2" />
    </>
  ),
  bad: (
    <>
      <path stroke="none" fill="currentColor" d="M3.8.5h4.4l3.3 3.3v4.4l-3.3 3.3H3.8L.5 8.2V3.8z" />
      <path class="on-glyph" d="M6 3v3.6M6 8v1.2" />
    </>
  ),
  warn: (
    <>
      <path d="M6 1.2L11.2 11H.8z" />
      <path d="M6 4.5v3M6 8.4v1.1" />
    </>
  ),
  info: (
    <>
      <circle cx="6" cy="6" r="4.8" />
      <path d="M6 5.3v3.4M6 3.2v1.1" />
    </>
  ),
  user: (
    <>
      <circle cx="6" cy="3.9" r="2.3" />
      <path d="M1.8 11.2c.3-2.8 1.9-4 4.2-4s3.9 1.2 4.2 4" />
    </>
  ),
  pause: <path d="M4 2v8M8 2v8" />,
  play: <path d="M4 2l6 4-6 4z" fill="currentColor" />,
  yes: <path d="M2 6.5l3 3 5-7" />,
  no: <path d="M3 3l6 6M9 3l-6 6" />,
  waiting: <circle cx="6" cy="6" r="3.6" stroke-dasharray="2 1.8" />,
  untried: <circle cx="6" cy="6" r="3.3" />,
} satisfies Record<string, JSX.Element>;

export type GlyphName = keyof typeof PATHS;

/** Decorative: what it says is also said in words. */
export const Glyph = ({ name, tone = '' }: { name: GlyphName; tone?: string }) => (
  <svg class={`glyph ${tone}`} viewBox="0 0 12 12" aria-hidden="true">
    {PATHS[name]}
  </svg>
);

const OPERATION_GLYPHS: Record<OperationRecorded['operation'], readonly [GlyphName, tone: string]> = {
  load: ['load', 'store'],
  save: ['save', 'store'],
  get: ['get', 'quiet'],
  set: ['set', 'write'],
  create: ['create', 'key'],
  'cycle-key': ['cycle', 'key'],
  delete: ['delete', 'remove'],
  clear: ['delete', 'remove'],
  flush: ['flush', 'remove'],
  'set-expiry': ['clock', 'write'],
  touch: ['clock', 'quiet'],
  expire: ['clock', 'remove'],
};

export function OperationGlyph({ operation }: { operation: OperationRecorded }) {
  const [name, tone] = OPERATION_GLYPHS[operation.operation];
  if (operation.outcome === 'error') return <Glyph name={name} tone="remove" />;
  if (operation.inferred) return <Glyph name="inferred" tone={operation.operation === 'delete' ? 'remove' : 'write'} />;
  if (operation.operation === 'get' && operation.hit === false) return <Glyph name="miss" tone="quiet" />;
  return <Glyph name={name} tone={tone} />;
}
