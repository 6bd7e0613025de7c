import type { Actor } from '../../shared/actor.ts'
import { parseCodeOwners } from './domain/code-owners.ts'
import { summarize, type OwnersSummary } from './owners-summary.ts'
import type { Owners } from './owners.ts'
import type { OwnersFile } from './queries/code-owners.ts'
import { noOwnersFile } from './refusals.ts'

export async function getOwners(
  { stored }: Pick<Owners, 'stored'>,
  _actor: Actor,
  { repository }: { repository: string },
): Promise<OwnersFile & OwnersSummary> {
  const file = await stored.submit(repository)
  if (file === undefined) throw noOwnersFile(repository)
  return { ...file, ...summarize(parseCodeOwners(file.dialect, file.content)) }
}
