/** The text of an answer, up to a bound: a server that never ends its answer fills no memory. */

/** A companion keeps one answer near 4 MiB; what is longer is no companion's. UTF-16 code units. */
export const MAX_ANSWER_LENGTH = 16 * 1024 * 1024;

/** `undefined`: longer than the bound; the rest was not read. Rejects where the connection breaks. */
export async function readText(response: Response): Promise<string | undefined> {
  if (response.body === null) return '';
  const parts: string[] = [];
  let length = 0;
  // Leaving the loop cancels the stream.
  for await (const part of response.body.pipeThrough(new TextDecoderStream())) {
    length += part.length;
    if (length > MAX_ANSWER_LENGTH) return undefined;
    parts.push(part);
  }
  return parts.join('');
}
