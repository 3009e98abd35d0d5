/** Which session key is behind each name on the wire: learned from what the browser sent, one name for one key. */
export class SessionNames {
  readonly #keys = new Map<string, string>();
  readonly #names = new Map<string, string>();

  /** Returns what is wrong where one of them has another partner already. */
  learn(name: string, key: string): string | undefined {
    const [knownKey, knownName] = [this.#keys.get(name), this.#names.get(key)];
    if (knownKey === undefined && knownName === undefined) {
      this.#keys.set(name, key);
      this.#names.set(key, name);
      return undefined;
    }
    return knownKey === key ? undefined : `${name} names two sessions, or one session has two names`;
  }

  keyOf(name: string): string | undefined {
    return this.#keys.get(name);
  }
}
