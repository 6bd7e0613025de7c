/** What somebody may be told. */
export const kinds = [
  'assigned',
  'relieved',
  'reviewers-changed',
  'needs-reviewers',
  'merged',
  'reminder',
  'replacement-proposed',
] as const
export type Kind = (typeof kinds)[number]

/** What is told to those who did not choose. */
export const usualKinds: readonly Kind[] = kinds.filter((kind) => kind !== 'merged')

/** What a team as a whole may be told. */
export const teamKinds = ['reviewers-changed', 'needs-reviewers', 'merged'] as const satisfies readonly Kind[]
export const usualTeamKinds: readonly Kind[] = ['reviewers-changed', 'needs-reviewers']

export const channelKinds = ['email', 'slack', 'mattermost', 'telegram', 'webhook'] as const
export type ChannelKind = (typeof channelKinds)[number]

export const languages = ['en', 'ru'] as const
export type Language = (typeof languages)[number]

export type Audience = 'user' | 'team'
export type Recipient = { audience: Audience; recipientId: string }

/** What a notification remembers beside the pull request; the rest is looked up when it is sent. */
export type Particulars = {
  /** Whom it is about, where that is not the recipient. */
  reviewerId?: string
  /** Number of the decision it comes from. */
  decision?: number
  /** Whether a person said that this reviewer stays. */
  isChosen?: boolean
  /** Working hours without an answer. */
  hours?: number
}

/** Something to be told to somebody, by whichever channels they have. */
export type Draft = Recipient & {
  kind: Kind
  /** The same for the same thing told: nobody is told twice. */
  source: string
  /** Number of the event it comes from; null where it comes from none. */
  sequence: number | null
  pullRequestId: string
  data: Particulars
}

export const statuses = ['waiting', 'sent', 'failed', 'dropped'] as const
export type Status = (typeof statuses)[number]

/** Something told, or to be told, to somebody by one channel. */
export type Notification = Recipient & {
  notificationId: number
  channel: ChannelKind
  kind: Kind
  source: string
  pullRequestId: string
  data: Particulars
  status: Status
  messageId: string | null
  /** Why it was not sent. */
  problem: string | null
  createdAt: string
  settledAt: string | null
}
