/** Requests as bars, the store between them: when each loaded and saved, and what was lost. */
import {
  type Explanation,
  formatDuration,
  numberText,
  type Picture,
  pictureOf,
  requestOf,
} from '../../../model/index.ts';
import { visibleText } from '../../parts/visible-text.ts';
import { SentenceView } from './SentenceView.tsx';

export function Lanes({ explanation }: { explanation: Explanation }) {
  const picture = pictureOf(explanation);
  if (picture === undefined) return null;
  const [first, ...others] = picture.lanes;
  if (first === undefined) return null;
  return (
    <figure class="lanes" aria-label="When each request loaded and saved">
      <Lane lane={first} />
      <span class="lane-name">
        <b>Store</b>{' '}
        <span class="quiet">
          <SentenceView sentence={explanation.picture!.title} />
        </span>
      </span>
      <div class="lane-store">
        {picture.store.map(({ width, text, isLost = false, lastedMs }, index) => (
          <span key={index} class={isLost ? 'lost' : ''} style={{ width: `${width}%` }}>
            <SentenceView sentence={text} />
            {lastedMs !== undefined && width > 20 && <span class="quiet"> for {formatDuration(lastedMs)}</span>}
          </span>
        ))}
      </div>
      {others.map((lane) => (
        <Lane key={lane.exchange.id} lane={lane} />
      ))}
    </figure>
  );
}

function Lane({ lane: { exchange, left, width, marks } }: { lane: Picture['lanes'][number] }) {
  const { path } = requestOf(exchange);
  return (
    <>
      <span class="lane-name">
        <b>{numberText(exchange)}</b> <span class="quiet lane-path">{visibleText(path)}</span>
      </span>
      <div class="lane">
        <i style={{ left: `${left}%`, width: `${width}%` }} />
        {marks.map(({ kind, left: at, number, isDecisive }) => (
          <u key={number} class={`${kind} ${isDecisive ? 'decisive' : ''}`} style={{ left: `${at}%` }} />
        ))}
        {numbersOf(marks).map(({ number, left: at, isDecisive, isBefore }) => (
          <span
            key={number}
            class={`evidence-number ${isDecisive ? 'decisive' : ''} ${isBefore ? 'before' : ''}`}
            style={{ left: `${at}%` }}
          >
            {number}
          </span>
        ))}
      </div>
    </>
  );
}

/** Percent; nearer, two numbers lie on each other: the later one stands before its mark, or is left out. */
const NEAR = 7;

type Mark = Picture['lanes'][number]['marks'][number];

function numbersOf(marks: readonly Mark[]): (Mark & { isBefore: boolean })[] {
  const taken: number[] = [];
  return marks.flatMap((mark) => {
    // Past the middle of the bar, before the mark: the right edge has no room.
    const isBefore = mark.left > 92;
    const place = mark.left + (isBefore ? -NEAR / 2 : NEAR / 2);
    if (taken.some((other) => Math.abs(other - place) < NEAR / 1.5) && !mark.isDecisive) return [];
    taken.push(place);
    return [{ ...mark, isBefore }];
  });
}
