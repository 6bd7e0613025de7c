import { compareIds } from '../../../shared/ids.ts'

/** Highest score first; of equals the highest second score, then by id. */
export function byScore(
  ids: readonly string[],
  scoreOf: (id: string) => number,
  secondScoreOf: (id: string) => number = () => 0,
): string[] {
  return ids
    .map((id) => ({ id, score: scoreOf(id), second: secondScoreOf(id) }))
    .toSorted((a, b) => b.score - a.score || b.second - a.second || compareIds(a.id, b.id))
    .map(({ id }) => id)
}
