/** Session data of about so many bytes of JSON, as a shop would have it: names, numbers, a list that grows. */

const WORDS = [
  'amber',
  'birch',
  'cobalt',
  'dune',
  'ember',
  'fjord',
  'grove',
  'harbour',
  'iris',
  'juniper',
  'kelp',
  'larch',
];

/** A small generator of its own, so that each run has the same records. */
function sequence(seed: number): () => number {
  let state = seed + 0x9e3779b9;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x297a2d39) | 0;
    return (state >>> 8) / 2 ** 24;
  };
}

/** `seed` makes records of one size differ. */
export function sessionOfBytes(bytes: number, seed: number): Record<string, unknown> {
  const random = sequence(seed);
  const word = () => WORDS[Math.floor(random() * WORDS.length)]!;
  const cart: unknown[] = [];
  // What Django's own login puts there, and an app beside it.
  const session = {
    _auth_user_id: String(1000 + seed),
    _auth_user_backend: 'django.contrib.auth.backends.ModelBackend',
    _auth_user_hash: Array.from({ length: 64 }, () => Math.floor(random() * 16).toString(16)).join(''),
    username: `${word()}_${word()}`,
    is_logged_in: true,
    cart,
  };
  while (JSON.stringify(session).length < bytes - 60)
    cart.push({
      id: Math.floor(random() * 1e9),
      name: `${word()} ${word()} ${word()}`,
      price: Math.floor(random() * 10_000) / 100,
      count: 1 + Math.floor(random() * 5),
    });
  return session;
}
