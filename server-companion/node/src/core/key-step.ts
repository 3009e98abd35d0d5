import { type KeyPathStep, LIMITS } from '../../../../protocol/index.ts';

/** A session's key as the wire takes it: the one place that bounds it. Two keys that differ only behind it look alike. */
export const keyStep = (key: string): string =>
  key.length > LIMITS.nameLength ? key.slice(0, LIMITS.nameLength) : key;

/** A path as the wire takes it: past its last step the part there stands for what lies below. */
export const boundedPath = (path: readonly KeyPathStep[]): KeyPathStep[] =>
  path.slice(0, LIMITS.keyPathSteps).map((step) => (typeof step === 'string' ? keyStep(step) : step));
