/** Signs the demo's records, and nothing else: the same as the Django demo's, so that both can read one table. */
export const DEMO_SECRET = 'a secret of the demo, and of nothing else';
