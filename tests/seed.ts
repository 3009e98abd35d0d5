/**
 * The seed of all that tests draw by chance: `npm test` draws the same each time, so that it gives the same answer twice
 * (docs/decisions/0170). `SESSIONSCOPE_SEED=42 npm test` draws others; the long forms do by themselves.
 */
export const SEED = Number(process.env['SESSIONSCOPE_SEED'] ?? 1);
