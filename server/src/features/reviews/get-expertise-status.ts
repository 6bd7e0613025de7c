import type { Actor } from '../../shared/actor.ts'
import type { ExpertiseState } from './expertise.ts'
import type { Reviews } from './reviews.ts'

export type ExpertiseStatus = { state: ExpertiseState; changes: number; places: number; people: number }

/** How much this process knows of who knows what. */
export function getExpertiseStatus({ expertise }: Pick<Reviews, 'expertise'>, _actor: Actor): ExpertiseStatus {
  return expertise.status
}
