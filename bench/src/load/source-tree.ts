import { numbersFrom, reference, userId } from './reference.ts'

/** A repository with a folder for each team, as large as such a team's code: 1,000 files. */
const modulesPerTeam = 40
const filesPerModule = 25
export const REPOSITORY = 'shop/web'

/** Those who work on a module; each is at home in two or three. */
const circleSize = 12
const reviewersPerChange = 2
const YEAR_MS = 365 * 86_400_000

/** Gives numbers from 0 on and below the bound. */
export type Below = (bound: number) => number

export type ChangedFile = { path: string; added: number; deleted: number }

/** Different files of one module, or in three changes of ten of two. */
export function changedFiles(team: number, count: number, below: Below): ChangedFile[] {
  const first = below(modulesPerTeam)
  return filesOf(team, below(10) < 3 ? [first, below(modulesPerTeam)] : [first], count, below)
}

function filesOf(team: number, modules: readonly number[], count: number, below: Below): ChangedFile[] {
  const paths = new Set<string>()
  while (paths.size < Math.min(count, filesPerModule)) {
    paths.add(pathOf(team, modules[below(modules.length)]!, below(filesPerModule)))
  }
  return [...paths].map((path) => ({ path, added: below(120), deleted: below(40) }))
}

function pathOf(team: number, module: number, file: number): string {
  return `team-${team}/src/module-${module}/feature-${file}.ts`
}

/** A line of a history, as `/history/import` takes it. */
export type PastChange = { pr: string; at: string; author: string; reviewers: string[]; files: string[] }

/** Changes spread evenly over the year before `toMs`, the teams in turn; each by people at home in the module it changes. */
export function pastChanges(count: number, filesEach: number, toMs: number, below: Below): PastChange[] {
  return numbersFrom(1, count).map((number) => {
    const team = number % reference.teams
    const module = below(modulesPerTeam)
    const people = new Set<number>()
    while (people.size < 1 + reviewersPerChange) people.add(inCircle(module, below(circleSize)))
    const [author, ...reviewers] = [...people].map((user) => userId(team, user))
    return {
      pr: `past-${number}`,
      at: new Date(toMs - YEAR_MS * (1 - number / count)).toISOString(),
      author: author!,
      reviewers,
      files: filesOf(team, [module], filesEach, below).map(({ path }) => path),
    }
  })
}

function inCircle(module: number, place: number): number {
  return (module * (reference.usersPerTeam / modulesPerTeam) + place) % reference.usersPerTeam
}

/** Numbers that look random and are the same in each run (xorshift32: G. Marsaglia, Xorshift RNGs, 2003). */
export function steadyNumbers(seed: number): Below {
  let state = seed
  return (bound) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % bound
  }
}
