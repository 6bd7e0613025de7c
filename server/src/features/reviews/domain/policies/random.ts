import { lookAtSample, rankByCost, type Policy } from './policy.ts'

/** Everybody eligible is as likely as anybody else. */
export const random: Policy = {
  version: 1,
  look: lookAtSample,
  rank: (eligible, { seed }) => rankByCost(eligible, seed, () => 0),
}
