import { toCloudEvent } from '../cloud-event.ts'
import { aboutOf, type About, type Event } from '../domain/event.ts'

/** An event as listeners are told of it. */
export type ToldEvent = { sequence: number; json: string; about: () => About }

/** What one reading of the log brought. */
export type ToldPage = {
  events: readonly ToldEvent[]
  /** Up to where the log was settled. */
  upTo: number
  /** Whether there may be more up to there. */
  isFull: boolean
}

type Head = Pick<ToldPage, 'upTo' | 'isFull'> & { sequences: readonly number[] }

/**
 * As one text, so that it costs another thread next to nothing to take it: a line about the page, a line of what filters go by, which is
 * read where there is one, then a line for each event.
 */
export function writePage(events: readonly Event[], { upTo, isFull }: Pick<ToldPage, 'upTo' | 'isFull'>): string {
  const head: Head = { upTo, isFull, sequences: events.map(({ sequence }) => sequence) }
  return [head, events.map(aboutOf), ...events.map(toCloudEvent)].map((each) => JSON.stringify(each)).join('\n')
}

export function readPage(text: string): ToldPage {
  const [head, about, ...lines] = text.split('\n') as [string, string, ...string[]]
  const { upTo, isFull, sequences } = JSON.parse(head) as Head
  let all: readonly About[] | null = null
  const aboutAll = () => (all ??= JSON.parse(about) as readonly About[])
  const events = sequences.map((sequence, index) => {
    return { sequence, json: lines[index]!, about: () => aboutAll()[index]! }
  })
  return { events, upTo, isFull }
}
