/** Screens by what somebody should do about them. */
import type { DisplaysQuery } from '@surga/shared/generated';

type Screen = NonNullable<DisplaysQuery['displays']>[number];
export type Group = 'silent' | 'alive' | 'never' | 'revoked';

/** The desk notes once a minute who is there; after this long somebody should look at the screen. */
const SILENT_MS = 180_000;
/** Screens that were revoked longer ago are of no use here; the audit log keeps them. */
const REVOKED_MS = 30 * 86_400_000;

/** Those that are silent, that are there, that never were, and that were revoked lately; each by its name. */
export function grouped(screens: readonly Screen[], now: number): Record<Group, Screen[]> {
  const groups: Record<Group, Screen[]> = { silent: [], alive: [], never: [], revoked: [] };
  for (const screen of [...screens].sort((one, other) => one.name.localeCompare(other.name))) {
    const group = groupOf(screen, now);
    if (group !== null) groups[group].push(screen);
  }
  return groups;
}

/** The name without the number that the desk adds, so that another screen may have it. */
export function plainName({ name, revokedAt }: Screen): string {
  return revokedAt === null ? name : name.replace(/ #\d+$/, '');
}

function groupOf({ revokedAt, lastHeartbeatAt: heard }: Screen, now: number): Group | null {
  if (revokedAt !== null) return now - Date.parse(revokedAt) <= REVOKED_MS ? 'revoked' : null;
  if (heard === null) return 'never';
  return now - Date.parse(heard) > SILENT_MS ? 'silent' : 'alive';
}
