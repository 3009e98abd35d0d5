/** Makes the keyed digest of a text. */
export type Digest = (text: string) => string;
