/** An error as the wire reports it, within its bounds. What is no `Error` is named by its type. */
export function describeError(error: unknown): { name: string; message: string } {
  if (!(error instanceof Error))
    return { name: typeof error, message: typeof error === 'string' ? error.slice(0, 1000) : '' };
  return { name: error.name.slice(0, 200), message: error.message.slice(0, 1000) };
}
