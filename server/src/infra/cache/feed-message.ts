/** A message of the feed. `changed` are the keys it is about, null for all: for a channel that keeps answers itself. */
export type Message = { text: string; changed: readonly string[] | null }

export type Told =
  | { kind: 'heartbeat' }
  | { kind: 'changed'; keys: readonly string[] }
  | { kind: 'all' }
  /** Another process has fallen silent without a goodbye. */
  | { kind: 'gone'; id: string }
  | { kind: 'goodbye' }

/** A message of a version or form that is not known here may say anything: it counts as `all`. */
export type Received = { sender: string; told: Told }

/** Raised with every change of the form, so that processes of two versions understand or distrust each other. */
const VERSION = '1'
const UNKNOWN = 'unknown'
/** NOTIFY carries less than 8,000 bytes. */
export const MAX_MESSAGE_BYTES = 7900

export function heartbeat(sender: string, sentAt: number | ''): Message {
  return { text: `${VERSION} ${sender} heartbeat ${sentAt}`, changed: [] }
}

export function goodbye(sender: string): Message {
  return { text: `${VERSION} ${sender} goodbye`, changed: [] }
}

export function allChanged(sender: string): Message {
  return { text: `${VERSION} ${sender} all`, changed: null }
}

export function gone(sender: string, id: string): Message {
  return { text: `${VERSION} ${sender} gone ${id}`, changed: null }
}

/** The keys in as few messages as they fit into; in one that says `all` when there is a key too long for any. */
export function keysChanged(sender: string, keys: Iterable<string>): Message[] {
  const start = `${VERSION} ${sender} changed `
  const messages: Message[] = []
  let part: string[] = []
  let bytes = MAX_MESSAGE_BYTES
  for (const key of keys) {
    const keyBytes = Buffer.byteLength(JSON.stringify(key)) + 1
    if (bytes + keyBytes > MAX_MESSAGE_BYTES) {
      part = []
      bytes = start.length + 2
      messages.push({ text: start, changed: part })
      if (bytes + keyBytes > MAX_MESSAGE_BYTES) return [allChanged(sender)]
    }
    part.push(key)
    bytes += keyBytes
  }
  return messages.map(({ changed }) => ({ text: start + JSON.stringify(changed), changed }))
}

export function readMessage(text: string): Received {
  const [version, sender, kind, rest = ''] = splitInFour(text)
  if (version !== VERSION || sender === undefined) return { sender: UNKNOWN, told: { kind: 'all' } }
  switch (kind) {
    case 'heartbeat':
    case 'goodbye':
      return { sender, told: { kind } }
    case 'changed':
      return { sender, told: readKeys(rest) }
    case 'gone':
      return { sender, told: { kind, id: rest } }
    default:
      return { sender, told: { kind: 'all' } }
  }
}

/** Whether the text was sent by `sender`; reads no further. */
export function isFrom(sender: string, text: string): boolean {
  return text.startsWith(sender, VERSION.length + 1)
}

/** When the heartbeat was sent; undefined when the text is none. */
export function heartbeatTime(sender: string, text: string): number | undefined {
  const start = heartbeat(sender, '')
  return text.startsWith(start.text) ? Number(text.slice(start.text.length)) : undefined
}

function splitInFour(text: string): string[] {
  const parts = text.split(' ', 3)
  return parts.length < 3 ? parts : [...parts, text.slice(parts.join(' ').length + 1)]
}

function readKeys(json: string): Told {
  try {
    const keys: unknown = JSON.parse(json)
    if (Array.isArray(keys) && keys.every((key) => typeof key === 'string')) return { kind: 'changed', keys }
  } catch {
    // Cut short or not ours: as good as unknown.
  }
  return { kind: 'all' }
}
