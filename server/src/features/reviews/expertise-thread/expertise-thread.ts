import { Worker } from 'node:worker_threads'
import type { Roster } from '../../../shared/roster.ts'
import type { LandedChange } from '../domain/expertise/expertise-index.ts'
import { readSkills, skillNumbers, type Skills } from '../domain/expertise/skills.ts'
import type { Knower } from '../domain/shadow.ts'
import type { FromIndex, IndexSize, NewSlot, SkillQuestion, ToIndex } from './messages.ts'
import { Slot } from './slot.ts'

type SkillsWanted = { roster: Roster; authorId: string; files: readonly string[] }

/** An answer that may be there already; good until it is dropped, which must be done once. */
export type Pending = { take: () => Promise<Skills | null>; drop: () => void }

/** Where an answer is written, and how it is read. */
type Place = { slotId: number; slot: Slot; skills: Skills | null }

type Answer = FromIndex['answer'] | null

/** A thread that takes longer is not waited for: it is learning a whole history, and who asks must decide now. */
const PATIENCE_MS = 2000
const LEAST_SLOT_NUMBERS = 1024
const MANY_CHANGES = 100
/** Questions of one turn of the event loop that go at once; a message costs the sender as much as a few decisions, and waiting for the turn's end delays the answer. */
const TOGETHER = 4
/** Tickets must fit their place in a slot. */
const MAX_ID = 2 ** 31 - 1

/**
 * The expertise index, in a thread of its own beside the one that answers requests. Does what it is told in that order, so that a slot
 * may be used again before its last question is answered. Answers are null where it has ended, or takes too long.
 */
export class ExpertiseThread {
  readonly #worker: Worker
  readonly #waiting = new Map<number, (answer: Answer) => void>()
  readonly #told = new Map<string, Roster['hashes']>()
  /** To be learned before what is asked next, in the same message: each costs as much as a decision. */
  readonly #changes: LandedChange[] = []
  /** Asked in this turn. */
  #questions: SkillQuestion[] = []
  /** Free ones, by how many numbers they hold. */
  readonly #places = new Map<number, Place[]>()
  #slotCount = 0
  #lastId = 0
  #hasEnded = false

  constructor(onEnd: (error: Error | null) => void) {
    this.#worker = new Worker(new URL('./worker.ts', import.meta.url))
    this.#worker.unref()
    this.#worker.on('message', ({ id, answer }: FromIndex) => this.#settle(id, answer))
    let failure: Error | null = null
    this.#worker.on('error', (error: Error) => (failure = error))
    this.#worker.on('exit', () => {
      this.#hasEnded = true
      for (const id of this.#waiting.keys()) this.#settle(id, null)
      onEnd(failure)
    })
  }

  /** Before anything that is asked from now on, but no later than `size` is. */
  learn(change: LandedChange): void {
    this.#changes.push(change)
    if (this.#changes.length >= MANY_CHANGES) this.#askSkills()
  }

  /** Once all that was learned before is learned. */
  async size(): Promise<IndexSize | null> {
    const id = this.#nextId()
    this.#askSkills()
    return (await this.#answerTo(id, { kind: 'size', id }, null)) as IndexSize | null
  }

  /** Those who know each of these very files. */
  async knowersOf(paths: readonly string[], atMs: number): Promise<readonly (readonly Knower[])[] | null> {
    const id = this.#nextId()
    this.#askSkills()
    return (await this.#answerTo(id, { kind: 'knowers', id, atMs, paths })) as readonly (readonly Knower[])[] | null
  }

  /** Asks what members of a team know for a change; what is asked in one go travels in one message. */
  askSkills({ roster, authorId, files }: SkillsWanted, atMs: number): Pending {
    this.#introduce(roster)
    const numbers = skillNumbers(roster.members.length)
    const place = this.#takePlace(numbers)
    const ticket = this.#nextId()
    this.#questions.push({ ticket, slotId: place.slotId, atMs, teamName: roster.teamName, authorId, files })
    if (this.#questions.length === 1) setImmediate(() => this.#askSkills())
    if (this.#questions.length >= TOGETHER) this.#askSkills()
    if (place.skills?.numbers.length !== numbers) place.skills = readSkills(place.slot.numbers.subarray(0, numbers))
    const { slot, skills } = place
    return {
      drop: () => void this.#places.get(slot.numbers.length)!.push(place),
      take: () => (slot.isAnswered(ticket) ? Promise.resolve(skills) : this.#waitFor(ticket, slot, skills)),
    }
  }

  async end(): Promise<void> {
    await this.#worker.terminate()
  }

  async #waitFor(ticket: number, slot: Slot, skills: Skills): Promise<Skills | null> {
    const isTold = this.#answerTo(ticket, null)
    if (slot.await(ticket)) this.#settle(ticket, 'answered')
    return (await isTold) === null ? null : skills
  }

  #askSkills(): void {
    if (this.#questions.length === 0 && this.#changes.length === 0) return
    const [changes, questions] = [this.#changes.splice(0), this.#questions]
    this.#questions = []
    this.#tell({ kind: 'skills', changes, questions })
  }

  #takePlace(numbers: number): Place {
    let size = LEAST_SLOT_NUMBERS
    while (size < numbers) size *= 2
    const free = this.#places.get(size) ?? []
    this.#places.set(size, free)
    const known = free.pop()
    if (known !== undefined) return known
    const memory = new SharedArrayBuffer(Slot.bytesFor(size))
    const message: NewSlot = { slotId: ++this.#slotCount, memory }
    if (!this.#hasEnded) post(this.#worker, message)
    return { slotId: message.slotId, slot: new Slot(memory), skills: null }
  }

  #introduce({ teamName, hashes, members }: Roster): void {
    if (this.#told.get(teamName) === hashes) return
    this.#askSkills()
    this.#told.set(teamName, hashes)
    this.#tell({ kind: 'roster', teamName, memberIds: members.map(({ userId }) => userId) })
  }

  #tell(message: ToIndex): void {
    if (!this.#hasEnded) post(this.#worker, JSON.stringify(message))
  }

  #nextId(): number {
    this.#lastId = (this.#lastId % MAX_ID) + 1
    return this.#lastId
  }

  #answerTo(id: number, message: ToIndex | null, patienceMs: number | null = PATIENCE_MS): Promise<Answer> {
    if (this.#hasEnded) return Promise.resolve(null)
    const { promise, resolve } = Promise.withResolvers<Answer>()
    const timer = patienceMs === null ? undefined : setTimeout(() => this.#settle(id, null), patienceMs)
    this.#waiting.set(id, (answer) => {
      clearTimeout(timer)
      resolve(answer)
    })
    if (message !== null) this.#tell(message)
    return promise
  }

  #settle(id: number, answer: Answer): void {
    const settle = this.#waiting.get(id)
    this.#waiting.delete(id)
    settle?.(answer)
  }
}

function post(worker: Worker, message: string | NewSlot): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, no window
  worker.postMessage(message)
}
