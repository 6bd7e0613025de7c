import { usualKinds, usualTeamKinds, type Kind, type Language } from './notification.ts'

/** Local time; a night that ends before it begins ends on the next day. Null where nights are not quiet. */
export type QuietHours = { fromMinute: number | null; toMinute: number | null; weekends: boolean }

/** How somebody wants to be told; what is null is left to others. */
export type Wishes = {
  language: Language | null
  timeZone: string | null
  quietHours: QuietHours | null
  digestMinutes: number | null
  kinds: readonly Kind[] | null
}

/** How somebody is told. */
export type Manner = {
  language: Language
  timeZone: string
  quietHours: QuietHours | null
  /** What comes within so many minutes of the first makes one message with it. */
  digestMinutes: number
  kinds: readonly Kind[]
}

export type Reminders = {
  /** Working hours from an assignment until the reviewer is reminded, and until a replacement is proposed; null is never. */
  nudgeHours: number | null
  proposeHours: number | null
}

export type TeamWishes = Reminders & {
  language: Language
  digestMinutes: number
  kinds: readonly Kind[]
  memberDefaults: Wishes
}

export const noWishes: Wishes = {
  language: null,
  timeZone: null,
  quietHours: null,
  digestMinutes: null,
  kinds: null,
}

const USUAL_DIGEST_MINUTES = 1

export const usualTeamWishes: TeamWishes = {
  language: 'en',
  digestMinutes: USUAL_DIGEST_MINUTES,
  kinds: usualTeamKinds,
  nudgeHours: null,
  proposeHours: null,
  memberDefaults: noWishes,
}

/** What a person says comes first, then what the team says; `workZone` is where the person works, where that is known. */
export function mannerOf(own: Wishes, team: Wishes, workZone: string | null): Manner {
  return {
    language: own.language ?? team.language ?? 'en',
    timeZone: own.timeZone ?? workZone ?? team.timeZone ?? 'UTC',
    quietHours: own.quietHours ?? team.quietHours,
    digestMinutes: own.digestMinutes ?? team.digestMinutes ?? USUAL_DIGEST_MINUTES,
    kinds: own.kinds ?? team.kinds ?? usualKinds,
  }
}

/** How a person or a team wants to be told, as it is stored; `team` is null for a person. */
export type StoredManner = Wishes & {
  workZone: string | null
  teamDefaults: Wishes | null
  team: Pick<TeamWishes, 'language' | 'digestMinutes' | 'kinds'> | null
}

/** A team knows no nights. */
export function readManner({ team, workZone, teamDefaults, ...own }: StoredManner): Manner {
  if (team === null) return mannerOf(own, teamDefaults ?? noWishes, workZone)
  const { language, digestMinutes, kinds } = team
  return { language, digestMinutes, kinds, timeZone: 'UTC', quietHours: null }
}
