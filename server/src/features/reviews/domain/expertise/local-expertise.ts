import type { Roster } from '../../../../shared/roster.ts'
import { PeopleNumbers } from '../people-numbers.ts'
import { ExpertiseIndex, type LandedChange } from './expertise-index.ts'
import { knowledgeOf, type Knowledge } from './knowledge.ts'
import { Loads } from './loads.ts'
import { skillsOf, type OpenChange } from './skills.ts'

/** Index and loads in one place, for whoever decides on a history as production does where the index has a thread of its own. */
export class LocalExpertise {
  readonly index: ExpertiseIndex
  readonly #loads = new Loads(new PeopleNumbers())

  constructor(index = new ExpertiseIndex()) {
    this.index = index
  }

  learn(change: LandedChange): void {
    this.index.learn(change)
    this.#loads.reviewed(change)
  }

  assign(reviewerIds: readonly string[], atMs: number, effort = 1): void {
    this.#loads.assign(reviewerIds, atMs, effort)
  }

  knowledgeOf(roster: Roster, change: OpenChange, loadWeight: number): Knowledge {
    return knowledgeOf(skillsOf(this.index, change, roster), this.#loads, roster, { atMs: change.atMs, loadWeight })
  }
}
