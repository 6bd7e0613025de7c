import type { Batcher } from '../../infra/batch/batcher.ts'

/** The outcome of a call that could not be decided on what is in memory, or found it changed; nothing was done. */
export const STALE = Symbol('stale')

export type Assumed<Result> = Result | typeof STALE

/** Does calls by `assuming`, in one round trip to the database, and those that turn out stale again by `holding`. */
export function assumingThenHolding<Item, Result>(
  assuming: Batcher<Item, Assumed<Result>>,
  holding: Batcher<Item, Assumed<Result>>,
): Pick<Batcher<Item, Result>, 'submit'> {
  return {
    async submit(item) {
      const assumed = await assuming.submit(item)
      if (assumed !== STALE) return assumed
      const held = await holding.submit(item)
      if (held === STALE) throw new Error('What was held has changed')
      return held
    },
  }
}
