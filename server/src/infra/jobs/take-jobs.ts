import type { Db } from '../db/database.ts'
import type { Boss, Taken } from './boss.ts'
import type { BoundJob } from './job.ts'
import { listReadyKinds, lockRate, spendRate } from './queries.ts'

/** Takes up to `free` jobs that are due, no more of a kind than `roomOf` says and its rate allows. */
export async function takeJobs(
  { db, boss }: { db: Db; boss: Boss },
  kinds: ReadonlyMap<string, BoundJob>,
  free: number,
  roomOf: (kind: BoundJob) => number,
): Promise<Taken[]> {
  const open = [...kinds.values()].filter((kind) => roomOf(kind) > 0).map(({ name }) => name)
  const taken: Taken[] = []
  for (const { name } of await db.run(listReadyKinds(open))) {
    const kind = kinds.get(name)!
    const limit = Math.min(free - taken.length, roomOf(kind))
    if (limit <= 0) break
    taken.push(
      ...(kind.rateLimit === null ? await boss.take(db, name, limit) : await takeWithin(db, boss, kind, limit)),
    )
  }
  return taken
}

/** The bucket of the kind is held meanwhile, so that processes do not take more than it has between them. */
function takeWithin(db: Db, boss: Boss, { name, rateLimit }: BoundJob, limit: number): Promise<Taken[]> {
  return db.transaction(async (tx) => {
    const [bucket] = await tx.run(lockRate(name, rateLimit!))
    const allowed = Math.min(limit, Math.floor(bucket!.tokens))
    if (allowed === 0) return []
    const taken = await boss.take(tx, name, allowed)
    await tx.run(spendRate(name, taken.length))
    return taken
  })
}
