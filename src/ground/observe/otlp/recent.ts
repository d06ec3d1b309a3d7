/**
 * A map with a bound that forgets only what fell silent. One that forgot the longest silent would lose
 * each entry just before it came back, if one more came regularly than there is room for.
 */
export interface Recent<K, V> {
  /** Marks it as seen, and makes it when it is new; `undefined`: it is new and all others are not silent. */
  see(key: K, at: number): V | undefined;
  get(key: K): V | undefined;
  /** Forgets the longest silent; gives whether one was. */
  forgetSilent(at: number): boolean;
}

export interface RecentOptions<V> {
  readonly entriesMax: number;
  /** Unseen for longer is silent. */
  readonly silenceMs: number;
  readonly make: () => V;
  readonly forgotten: (value: V, at: number) => void;
}

export function openRecent<K, V>(options: RecentOptions<V>): Recent<K, V> {
  const { entriesMax, silenceMs, make, forgotten } = options;
  /** In the order in which they were seen last. */
  const entries = new Map<K, { readonly value: V; readonly seenAt: number }>();

  function forgetSilent(at: number): boolean {
    const [[key, oldest] = []] = entries;
    // Seen later than now: the clock was set back, and nobody knows how long it is silent.
    if (key === undefined || oldest === undefined) return false;
    if (Math.abs(at - oldest.seenAt) <= silenceMs) return false;
    entries.delete(key);
    forgotten(oldest.value, at);
    return true;
  }

  return {
    see(key, at) {
      const known = entries.get(key);
      if (known === undefined && entries.size >= entriesMax && !forgetSilent(at)) return undefined;
      const value = known === undefined ? make() : known.value;
      entries.delete(key);
      entries.set(key, { value, seenAt: at });
      return value;
    },
    get: (key) => entries.get(key)?.value,
    forgetSilent,
  };
}
