import type { Roster } from '../../shared/roster.ts'
import { ownerTest, requiredOwners } from '../owners/index.ts'
import { circumstancesOf, type Circumstances } from './domain/circumstances.ts'
import { decide, type ReviewRequest, type TeamState } from './domain/decide.ts'
import type { Decision } from './domain/decision.ts'
import type { Knowledge } from './domain/expertise/knowledge.ts'
import type { Skills } from './domain/expertise/skills.ts'
import type { Details } from './domain/pull-request.ts'
import type { Foreseen } from './expertise.ts'
import type { Deciding } from './reviews.ts'

/** What a decision needs to know of a pull request. */
export type Subject = { authorId: string; details: Details | null; keptIds: readonly string[] }

export type Conditions = { atMs: number; circumstances: Circumstances | null; knowledge: Knowledge | null }

/**
 * What matters to a decision in this team beside its roster and load: who cannot be asked, and who knows the files, by what
 * `prepare` has read.
 */
export function conditionsOf(deps: Deciding, roster: Roster, subject: Subject, skills: Skills | null): Conditions {
  const atMs = deps.nowMs()
  return {
    atMs,
    circumstances: circumstancesFor(deps, roster, subject, atMs),
    knowledge: skills === null ? null : deps.expertise.knowledgeOf(roster, skills, atMs),
  }
}

type Prepared = { roster: Roster | undefined; authorId: string; details: Details | null; foreseen?: Foreseen | null }

/** Reads what decisions about these are about to ask for: CODEOWNERS files, and, by their places, who knows the changed files. */
export async function prepare(
  deps: Pick<Deciding, 'owners' | 'expertise'>,
  subjects: readonly Prepared[],
): Promise<readonly (Skills | null)[]> {
  await loadOwners(deps, subjects)
  const wanted = subjects.filter(needsSkills)
  if (wanted.length === 0) return subjects.map(() => null)
  const skills = await deps.expertise.skillsFor(wanted)
  let next = 0
  return subjects.map((subject) => (needsSkills(subject) ? skills[next++]! : null))
}

/** Does a call, after having begun with what `prepare` will take longest to find out, while the call waits for its batch. */
export function foreseeing<Result>(
  { expertise }: Pick<Deciding, 'expertise'>,
  subject: Prepared,
  run: (foreseen: Foreseen | null) => Promise<Result>,
): Promise<Result> {
  if (!needsSkills(subject)) return run(null)
  const foreseen = expertise.foresee(subject)
  return run(foreseen).finally(foreseen.pending.drop)
}

function needsSkills<Each extends Prepared>(subject: Each): subject is Each & { roster: Roster } {
  return subject.roster !== undefined && usesExpertise(subject.roster)
}

function usesExpertise({ policy, trialPolicy }: Roster): boolean {
  return policy === 'expertise' || trialPolicy === 'expertise'
}

/** Those of `conditionsOf` that do not depend on the policy. */
export function circumstancesFor(
  deps: Deciding,
  roster: Roster,
  { authorId, details, keptIds }: Subject,
  atMs: number,
): Circumstances | null {
  return circumstancesOf(roster, {
    authorId,
    atMs,
    keptIds,
    isOwner: roster.ownersMode === 'off' ? null : ownersOf(deps, roster, details),
    lastChosenIds: deps.lastChosen.get(roster.teamName) ?? [],
  })
}

/** Null where nobody owns any of the files: then owners do not matter. */
function ownersOf(
  { owners }: Deciding,
  { teamName }: Roster,
  details: Details | null,
): ((userId: string) => boolean) | null {
  const file = details?.repository === undefined ? null : owners.get(details.repository)
  if (file === null || file === undefined) return null
  const paths = (details?.files ?? []).map(([path]) => path)
  const required = requiredOwners(file, paths)
  if (required.length === 0) return null
  const isOwner = ownerTest(required)
  return (userId) => isOwner({ userId, teamName })
}

/** Reads the CODEOWNERS files that decisions of teams which go by owners are about to ask for. */
export async function loadOwners(
  { owners }: Pick<Deciding, 'owners'>,
  subjects: readonly { roster: Roster | undefined; details: Details | null }[],
): Promise<void> {
  const repositories = subjects.flatMap(({ roster, details }) =>
    roster === undefined || roster.ownersMode === 'off' ? [] : (details?.repository ?? []),
  )
  if (repositories.length > 0) await owners.load([...new Set(repositories)])
}

/** What the team's trial policy would decide; null where it has none. */
export function trialOf(
  { trialTurns }: Pick<Deciding, 'trialTurns'>,
  team: TeamState,
  request: ReviewRequest,
  seed: number,
): Decision | null {
  const { trialPolicy, teamName } = team.roster
  if (trialPolicy === null) return null
  const lastInRotation = trialTurns.get(teamName) ?? null
  const trial = decide({ ...team, roster: { ...team.roster, policy: trialPolicy }, lastInRotation }, request, seed)
  const last = trial.assignedIds.at(-1)
  if (last !== undefined) trialTurns.set(teamName, last)
  return trial
}

/** For teams that do not want the same people twice in a row. */
export function rememberChosen({ lastChosen }: Deciding, roster: Roster, { assignedIds }: Decision): void {
  if (roster.avoidsRepeats && assignedIds.length > 0) lastChosen.set(roster.teamName, assignedIds)
}
