import { parentPort } from 'node:worker_threads'
import { ExpertiseIndex } from '../domain/expertise/expertise-index.ts'
import { skillNumbers, tellSkills } from '../domain/expertise/skills.ts'
import type { Knower } from '../domain/shadow.ts'
import {
  isQuestions,
  readQuestions,
  type FromIndex,
  type NewSlot,
  type SkillQuestion,
  type ToIndex,
} from './messages.ts'
import { Slot } from './slot.ts'

/** The thread of an `ExpertiseThread`. */
const port = parentPort!
const index = new ExpertiseIndex()
/** The numbers of the members of each team, as `ExpertiseThread` told them last. */
const teams = new Map<string, Int32Array>()
const slots = new Map<number, Slot>()

port.on('message', (message: string | NewSlot) => {
  if (typeof message === 'string' && isQuestions(message)) readQuestions(message).forEach(answerInSlot)
  else if (typeof message === 'string') hear(JSON.parse(message) as ToIndex)
  else slots.set(message.slotId, new Slot(message.memory))
})

function hear(message: ToIndex): void {
  switch (message.kind) {
    case 'roster':
      teams.set(message.teamName, index.numbersFor(message.memberIds))
      break
    case 'learn':
      for (const change of message.changes) index.learn(change)
      break
    case 'size':
      tell({ id: message.id, answer: index.size })
      break
    case 'knowers':
      tell({ id: message.id, answer: message.paths.map((path) => knowersOf(path, message.atMs)) })
  }
}

function answerInSlot({ ticket, slotId, teamName, ...change }: SkillQuestion): void {
  const slot = slots.get(slotId)!
  const members = teams.get(teamName)!
  tellSkills(index, change, members, slot.numbers.subarray(0, skillNumbers(members.length)))
  slot.answer(ticket)
}

function knowersOf(path: string, atMs: number): Knower[] {
  const { numbers, values } = index.knowersOf(path)
  const { worth } = index.columnsAt(atMs)
  return numbers.map((number, place) => ({ userId: index.idOf(number), count: values[place]! * worth }))
}

function tell(message: FromIndex): void {
  port.postMessage(message)
}
