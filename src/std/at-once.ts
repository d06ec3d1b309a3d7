/** How much of one kind is under way at once: over all, and for each user, so that none takes it from the others. */

export interface AtOnceBounds {
  readonly most: number;
  /** For each user, whatever they came by. */
  readonly mostEach: number;
}

/** Which bound was met, and whether it is one's own. */
export interface Full {
  readonly allowed: number;
  readonly isOwn: boolean;
}

export interface AtOnce {
  /**
   * Gives what is to be called when it is over; or why it cannot begin. Nobody in particular, such as the
   * machine's own key, has no bound but that of all.
   */
  begin(user: string | undefined): (() => void) | Full;
  /** Whether nothing is under way. */
  isIdle(): boolean;
}

export function atOnce({ most, mostEach }: AtOnceBounds): AtOnce {
  const byUser = new Map<string, number>();
  let open = 0;
  const count = (user: string | undefined, by: 1 | -1): void => {
    open += by;
    if (user === undefined) return;
    const own = (byUser.get(user) ?? 0) + by;
    if (own === 0) byUser.delete(user);
    else byUser.set(user, own);
  };
  return {
    isIdle: () => open === 0,
    begin(user) {
      const own = user === undefined ? 0 : (byUser.get(user) ?? 0);
      if (own >= mostEach) return { allowed: mostEach, isOwn: true };
      if (open >= most) return { allowed: most, isOwn: false };
      count(user, 1);
      let isOver = false;
      return () => {
        if (!isOver) count(user, -1);
        isOver = true;
      };
    },
  };
}
