/**
 * `sessionscope/register`, as it is published: `node --import sessionscope/register app.js` observes every session
 * library that it knows, with no line of the app changed. Off (by default where NODE_ENV is `production` or `test`) it
 * does nothing.
 */
import { activationOf } from '../core/activation.ts';
import type * as whole from '../register/install.ts';

declare const require: (path: string) => unknown;

// Bundled: no file is looked for.
if (activationOf() !== 'off') (require('../register/install.ts') as typeof whole).install();
