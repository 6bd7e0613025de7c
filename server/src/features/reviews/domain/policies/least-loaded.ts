import { lookAtSample, rankByCost, type Policy } from './policy.ts'

/** Whoever has the fewest open reviews; among equals everybody is as likely as anybody else. */
export const leastLoaded: Policy = {
  version: 1,
  look: lookAtSample,
  rank: (eligible, { seed }) => rankByCost(eligible, seed, ({ openReviews }) => openReviews),
}
