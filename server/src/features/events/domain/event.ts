/** Every type of event: see docs/events.md. */
export const eventTypes = [
  'team.created',
  'team.policyChanged',
  'member.joined',
  'member.left',
  'member.activated',
  'member.deactivated',
  'member.limitsChanged',
  'member.rampChanged',
  'absence.added',
  'absence.removed',
  'owners.changed',
  'owners.removed',
  'pullRequest.opened',
  'pullRequest.updated',
  'pullRequest.readyForReview',
  'pullRequest.merged',
  'reviewer.assigned',
  'reviewer.replaced',
  'reviewer.handedOver',
  'reviewer.restored',
  'reviewer.chosen',
  'reviewer.acknowledged',
  'webhook.added',
  'webhook.removed',
  'webhook.enabled',
  'webhook.disabled',
] as const
export type EventType = (typeof eventTypes)[number]

export type EventData = Readonly<Record<string, unknown>>

export type Event = {
  /** Where it stands in the order of all events; unique. */
  sequence: number
  /** The same however often it is told, and never that of another event. */
  id: string
  workspaceId: number
  type: EventType
  subject: string
  teamName: string | null
  actor: string
  occurredAt: string
  data: EventData
  /** Of the call that made the change, where its trace is kept. */
  traceparent: string | null
}

/** A row of the log; the same as `StoredEvent` of infra, which the domain does not know. */
export type Told = Omit<Event, 'id' | 'type'> & { type: string }

/** Events of a team, a person, some types; null for any. */
export type EventFilter = { teamName: string | null; userId: string | null; types: ReadonlySet<string> | null }

/** The events that one row of the log tells, in their order. */
export function eventsOf(row: Told): Event[] {
  return partsOf(row).map(({ type, data }, index) => {
    const sequence = row.sequence + index
    return { ...row, type, data, sequence, id: idOf(sequence, row.occurredAt) }
  })
}

/** Of all types the one that the rows of an event have. */
export function rowTypeOf(type: string): readonly string[] {
  if (type === 'reviewer.assigned') return ['pullRequest.opened', type]
  return type === 'pullRequest.readyForReview' ? ['pullRequest.updated'] : [type]
}

/** Numbers may come again once a database was taken back to a backup; moments do not. */
function idOf(sequence: number, occurredAt: string): string {
  const micros = BigInt(Date.parse(occurredAt)) * 1000n + BigInt(occurredAt.slice(-4, -1))
  return `${sequence}.${micros}`
}

/** The number in an id; null for what is no id. */
export function sequenceOf(id: string): number | null {
  const [, digits] = /^(\d{1,15})\.\d{1,20}$/.exec(id) ?? []
  return digits === undefined ? null : Number(digits)
}

type Part = { type: EventType; data: EventData }

function partsOf({ type, data }: Told): Part[] {
  switch (type) {
    case 'pullRequest.opened':
      return opened(data)
    case 'pullRequest.updated':
      return updated(data)
    case 'reviewer.assigned':
    case 'reviewer.chosen':
    case 'reviewer.replaced':
    case 'reviewer.handedOver':
    case 'reviewer.restored':
      return reviewers(type, data)
    default:
      return [{ type: type as EventType, data }]
  }
}

function opened({ policy, ...data }: EventData): Part[] {
  const reason = { kind: 'create', policy, decision: 1 }
  const assigned = idsIn(data['reviewer_ids']).map((reviewerId): Part => {
    return { type: 'reviewer.assigned', data: { reviewer_id: reviewerId, reason } }
  })
  return [{ type: 'pullRequest.opened', data: withoutNull(data) }, ...assigned]
}

function updated({ was_draft: wasDraft, ...data }: EventData): Part[] {
  const isReady = wasDraft === true && data['is_draft'] === false
  return [
    { type: 'pullRequest.updated', data },
    ...(isReady ? [{ type: 'pullRequest.readyForReview' as const, data }] : []),
  ]
}

function reviewers(type: EventType, data: EventData): Part[] {
  const { reviewer_ids: given, replaced_id: replacedId, kind, policy, decision } = data
  const before = replacedId === null || replacedId === undefined ? {} : { replaced_id: replacedId }
  const reason = kind === undefined ? {} : { reason: { kind, policy, decision } }
  const ids = idsIn(given)
  return (ids.length === 0 ? [null] : ids).map((reviewerId) => {
    return { type, data: { reviewer_id: reviewerId, ...before, ...reason } }
  })
}

function idsIn(value: unknown): string[] {
  return Array.isArray(value) ? (value as string[]) : []
}

function withoutNull(data: EventData): EventData {
  return Object.fromEntries(Object.entries(data).filter(([, value]) => value !== null))
}

/** What filters go by. */
export type About = Pick<Event, 'type' | 'teamName'> & { people: readonly string[] }

const personTypes = /^(member|absence)\./

export function aboutOf(event: Event): About {
  const { type, teamName } = event
  return { type, teamName, people: peopleOf(event) }
}

/** Whether the event is of the team, about or by the person, and of one of the types. */
export function isWanted(event: Event, filter: EventFilter): boolean {
  const { teamName, type } = event
  return isAboutWanted({ teamName, type, people: filter.userId === null ? [] : peopleOf(event) }, filter)
}

export function isAboutWanted({ teamName, type, people }: About, filter: EventFilter): boolean {
  if (filter.teamName !== null && teamName !== filter.teamName) return false
  if (filter.userId !== null && !people.includes(filter.userId)) return false
  return filter.types === null || filter.types.has(type)
}

function peopleOf({ type, subject, data }: Event): string[] {
  const named = [data['author_id'], data['reviewer_id'], data['replaced_id'], data['shadow_id'], data['mentor_id']]
  const people = [...(personTypes.test(type) ? [subject] : []), ...named, ...idsIn(data['reviewer_ids'])]
  return people.filter((id) => typeof id === 'string')
}
