import { splitPath, visibleText } from './visible-text.ts';

/** Characters of the head that show beside what stands before the path: a space, its first ones, the dots. */
const AFTER_METHOD = 3;
/** ch; it is the width of a zero, and most letters are narrower. */
const LETTER = 0.85;
/** Of a row's width: what stands behind the request keeps its glyph. */
const BADGE_PX = 28;

/**
 * Method and path in one line, cut in its middle: two requests that differ in their last step never read the same, nor do
 * a GET and a POST of one path, however narrow the place.
 */
export function RequestText({ method, path }: { method: string; path: string }) {
  const text = visibleText(`${method} ${path}`.trim());
  const [head, tail] = splitPath(text);
  if (!tail)
    return (
      <span class="request" title={text}>
        <span class="cut">{head}</span>
      </span>
    );
  const least = Math.max(0, head.lastIndexOf(' ')) + AFTER_METHOD;
  return (
    <span
      class="request"
      title={text}
      style={{ 'min-width': `min(${least + tail.length * LETTER}ch, 100% - ${BADGE_PX}px)` }}
    >
      <span class="cut" style={{ 'min-width': `${least}ch` }}>
        {head}
      </span>
      <span>{tail}</span>
    </span>
  );
}
