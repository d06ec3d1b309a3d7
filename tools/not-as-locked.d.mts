export function notAsLocked(lock: string, installed: string): string[];
