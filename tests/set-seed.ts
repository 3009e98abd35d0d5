/** Runs before each test file: a property that is given no seed takes this one. fast-check prints it where one fails. */
import { configureGlobal } from 'fast-check';
import { SEED } from './seed.ts';

configureGlobal({ seed: SEED });
