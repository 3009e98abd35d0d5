/** Signs the demo's cookies: a demo has nothing to protect. */
export const DEMO_SECRET = 'sessionscope demo, not a secret';
