import type { Answer } from './client.ts'

/** What commands may be answered under a load that does anything, by path; anything else is a failure. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  '/pullRequest/create': ['201', '409 PR_EXISTS'],
  '/pullRequest/reassign': ['200', '404 NOT_FOUND', '409 PR_MERGED', '409 NOT_ASSIGNED', '409 NO_CANDIDATE'],
  '/pullRequest/merge': ['200', '404 NOT_FOUND'],
  '/users/setIsActive': ['200'],
  '/team/add': ['201', '400 TEAM_EXISTS'],
  '/team/deactivateMembers': ['200', '404 NOT_FOUND'],
  '/team/undoDeactivation': ['200', '404 NOT_FOUND', '409 ALREADY_UNDONE'],
  '/team/setPolicy': ['200'],
}

export const commandPaths = Object.keys(allowed).toSorted()

/** Counts how commands came out. */
export class Outcomes {
  readonly #seen = new Map<string, Map<string, number>>()

  note(path: string, { status, body }: Answer): void {
    const outcome = `${status} ${body.error?.code ?? ''}`.trim()
    const outcomes = this.#seen.get(path) ?? new Map<string, number>()
    this.#seen.set(path, outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1))
  }

  countOf(path: string, outcome: string): number {
    return this.#seen.get(path)?.get(outcome) ?? 0
  }

  unexpected(): unknown[] {
    return [...this.#seen].flatMap(([path, outcomes]) =>
      [...outcomes].filter(([outcome]) => !allowed[path]!.includes(outcome)).map((found) => [path, ...found]),
    )
  }

  /** The paths of those that were done at least once, sorted. */
  donePaths(): string[] {
    const done = [...this.#seen].filter(([, outcomes]) => outcomes.has('200') || outcomes.has('201'))
    return done.map(([path]) => path).toSorted()
  }
}
