import { toCloudEvent } from '../cloud-event.ts'
import { aboutOf, type About, type Event } from '../domain/event.ts'

/** An event as listeners are told of it, beside what their filters go by. */
export type ToldEvent = About & { json: string }

/** What one reading of the log brought. */
export type ToldPage = {
  events: readonly ToldEvent[]
  /** Up to where the log was settled. */
  upTo: number
  /** Whether there may be more up to there. */
  isFull: boolean
}

type Head = Pick<ToldPage, 'upTo' | 'isFull'> & {
  about: readonly (readonly [number, About['type'], string | null, ...string[]])[]
}

/** As one text, so that it costs another thread next to nothing to take it: a line of what filters go by, then one for each event. */
export function writePage(events: readonly Event[], { upTo, isFull }: Pick<ToldPage, 'upTo' | 'isFull'>): string {
  const about = events.map((event) => {
    const { sequence, type, teamName, people } = aboutOf(event)
    return [sequence, type, teamName, ...people] as const
  })
  const head: Head = { upTo, isFull, about }
  return [head, ...events.map(toCloudEvent)].map((each) => JSON.stringify(each)).join('\n')
}

export function readPage(text: string): ToldPage {
  const [first, ...lines] = text.split('\n')
  const { upTo, isFull, about } = JSON.parse(first!) as Head
  const events = about.map(([sequence, type, teamName, ...people], index) => {
    return { sequence, type, teamName, people, json: lines[index]! }
  })
  return { events, upTo, isFull }
}
