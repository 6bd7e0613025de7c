import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { toCloudEvent } from '../cloud-event.ts'
import { aboutOf, eventTypes, type Event } from '../domain/event.ts'
import { readPage, writePage } from './told-event.ts'

const text = fc.string({ unit: 'binary' })

const anEvent: fc.Arbitrary<Event> = fc.record({
  sequence: fc.nat(),
  id: text,
  workspaceId: fc.constant(1),
  type: fc.constantFrom(...eventTypes),
  subject: text,
  teamName: fc.option(text),
  actor: text,
  occurredAt: fc.constant('2026-11-21T09:45:12.123456Z'),
  traceparent: fc.option(text),
  data: fc.dictionary(
    fc.constantFrom('author_id', 'reviewer_id', 'reviewer_ids', 'note'),
    fc.oneof(text, fc.array(text)),
  ),
})

test('a page comes out of its text as it went in, whatever its events hold', () => {
  fc.assert(
    fc.property(fc.array(anEvent), fc.nat(), fc.boolean(), (events, upTo, isFull) => {
      const page = readPage(writePage(events, { upTo, isFull }))

      expect(page).toMatchObject({ upTo, isFull })
      expect(page.events.map((event) => ({ ...event, about: event.about() }))).toEqual(
        events.map((event) => {
          return { sequence: event.sequence, json: JSON.stringify(toCloudEvent(event)), about: aboutOf(event) }
        }),
      )
    }),
  )
})
