import type { Choice, MissingReason } from '../../reviews/index.ts'
import type { Line, Piece } from '../domain/message.ts'
import type { Kind } from '../domain/notification.ts'

/** What is said about a pull request; names are in one line already. */
export type Facts = {
  /** Its name, leading to it where it has a URL. */
  title: Piece
  name: string
  author: string
  /** Who reviews it now. */
  reviewers: readonly string[]
  missingReviewers: number
  missingReason: MissingReason | null
}

export type Assigned = Facts & { choice: Choice | null; isChosen: boolean }
/** `byWhom` has taken over; null where it is not known who. */
export type Relieved = Facts & { byWhom: string | null }
/** `reviewer` has not answered for so many working hours; null where it is the one who is told. */
export type Unanswered = Facts & { reviewer: string | null; hours: number }
/** `replacement` would take over; null where nobody could. */
export type Proposed = Unanswered & { replacement: string | null }

/** All that is ever said to people, in one language. */
export type Texts = {
  items: {
    assigned: (facts: Assigned) => readonly Line[]
    relieved: (facts: Relieved) => readonly Line[]
    'reviewers-changed': (facts: Facts) => readonly Line[]
    'needs-reviewers': (facts: Facts) => readonly Line[]
    merged: (facts: Facts) => readonly Line[]
    reminder: (facts: Unanswered) => readonly Line[]
    'replacement-proposed': (facts: Proposed) => readonly Line[]
  }
  /** Of a message that tells one thing. */
  subjects: Readonly<Record<Kind, (name: string) => string>>
  digestSubject: (count: number) => string
  headings: Readonly<Record<Kind, (count: number) => string>>
  more: (count: number) => string
  actions: { acknowledge: string; replace: string; why: string }
  footer: string
  test: { subject: string; line: string }
  pages: Pages
}

export type Page = { title: string; text: string; button?: string }

/** The pages behind links in messages. */
export type Pages = {
  askAcknowledge: (name: string, author: string) => Page
  acknowledged: (name: string) => Page
  /** `by` is null where Tandem chooses who takes over. */
  askReplace: (name: string, reviewer: string, by: string | null) => Page
  /** Whoever was `proposed` cannot any more. */
  askOther: (name: string, reviewer: string, proposed: string, by: string) => Page
  replaced: (name: string, reviewer: string, by: string) => Page
  noCandidate: (name: string) => Page
  merged: (name: string) => Page
  outdated: (name: string) => Page
  unknown: () => Page
  expired: () => Page
  invalid: () => Page
}
