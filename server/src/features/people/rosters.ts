import { withActiveFlags, type Roster } from '../../shared/roster.ts'

/** Beyond this many members the teams used longest ago are forgotten. */
const MAX_MEMBERS = 1_000_000

/**
 * The rosters this process has read. They may be stale: whoever decides on one compares its version with the team row
 * it has locked, and reads the roster again when they differ.
 */
export class Rosters {
  readonly #rosters = new Map<string, Roster>()
  readonly #teamOf = new Map<string, string>()

  get(teamName: string): Roster | undefined {
    return this.#rosters.get(teamName)
  }

  teamOf(userId: string): string | undefined {
    return this.#teamOf.get(userId)
  }

  /** Of the team this user is in. */
  ofMember(userId: string): Roster | undefined {
    const teamName = this.#teamOf.get(userId)
    return teamName === undefined ? undefined : this.#rosters.get(teamName)
  }

  keep(roster: Roster): void {
    this.drop(roster.teamName)
    this.#rosters.set(roster.teamName, roster)
    for (const { userId } of roster.members) this.#teamOf.set(userId, roster.teamName)
    for (const oldest of this.#rosters.keys()) {
      if (this.#teamOf.size <= MAX_MEMBERS || oldest === roster.teamName) break
      this.drop(oldest)
    }
  }

  drop(teamName: string): void {
    for (const { userId } of this.#rosters.get(teamName)?.members ?? []) {
      if (this.#teamOf.get(userId) === teamName) this.#teamOf.delete(userId)
    }
    this.#rosters.delete(teamName)
  }

  /** Follows a committed change of active flags that made the team's version `version`. */
  follow(teamName: string, version: number, flags: ReadonlyMap<string, boolean>): void {
    const known = this.#rosters.get(teamName)
    if (known?.version === version - 1) this.#rosters.set(teamName, withActiveFlags(known, version, flags))
    else this.drop(teamName)
  }
}
