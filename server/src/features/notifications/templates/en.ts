import type { Choice, MissingReason } from '../../reviews/index.ts'
import type { Assigned, Facts, Texts } from './texts.ts'

const rules = new Intl.PluralRules('en')
const list = new Intl.ListFormat('en', { type: 'conjunction' })

function count(n: number, one: string, other: string): string {
  return `${n} ${rules.select(n) === 'one' ? one : other}`
}

function percent(share: number): string {
  return `${Math.round(share * 100)}%`
}

const missing: Readonly<Record<MissingReason, string>> = {
  NO_ACTIVE_TEAMMATE: 'nobody else in the team is active',
  EVERY_TEAMMATE_EXCLUDED: 'everybody else in the team reviews it already or was replaced',
  ABSENT: 'whoever could review is away',
  AT_CAP: 'whoever could review has as many open reviews as they may have',
  NEVER_ASSIGNED: 'whoever is left is never assigned, or not to this author',
  NOT_OWNER: 'the team asks owners of the files only, and no other owner can be asked',
  SHADOW: 'whoever is left is still learning',
  NEWCOMER_ALONE: 'whoever is left is new, and never reviews alone',
}

function why({ choice, isChosen }: Assigned): string | null {
  if (isChosen || choice?.kind === 'assign') return 'somebody chose you by hand'
  if (choice === null) return null
  if (choice.kind === 'restore') return 'you reviewed it before, and are back'
  const reasons = reasonsOf(choice)
  return reasons.length === 0 ? null : list.format(reasons)
}

function reasonsOf(choice: Choice): string[] {
  const { kind, policy, candidates, openReviews, hasFewest, knownShare } = choice
  const isByLoad = policy === 'least-loaded' || kind === 'hand-over'
  const open = openReviews ?? 0
  return [
    ...(kind === 'hand-over' ? ['whoever reviewed it is not active any more'] : []),
    ...(choice.isMentor ? ['you are the author’s mentor'] : []),
    ...(choice.isOwner ? ['you own files it changes'] : []),
    ...(knownShare !== null && knownShare >= 0.01 ? [`you know ${percent(knownShare)} of the files it changes`] : []),
    ...(choice.knowsAuthor ? ['you have reviewed this author lately'] : []),
    ...(isByLoad && openReviews !== null
      ? [
          hasFewest && candidates > 1
            ? `nobody of the ${candidates} who could be asked had fewer open reviews (you had ${open})`
            : `you had ${count(open, 'open review', 'open reviews')}`,
        ]
      : []),
    ...(policy === 'round-robin' && !isByLoad && candidates > 1 ? ['it was your turn'] : []),
    ...(policy === 'random' && !isByLoad && candidates > 1 ? [`the lot fell on you among ${candidates}`] : []),
    ...(policy === 'expertise' && knownShare !== null && knownShare < 0.01 ? ['you had time for something new'] : []),
  ]
}

function by({ title, author }: Facts) {
  return [title, ` by ${author}`] as const
}

export const english: Texts = {
  items: {
    assigned: (facts) => {
      const reason = why(facts)
      return [['Please review ', ...by(facts), '.'], ...(reason === null ? [] : [[`Why you: ${reason}.`]])]
    },
    relieved: (facts) => [
      [
        'You need not review ',
        ...by(facts),
        facts.byWhom === null
          ? facts.missingReviewers > 0
            ? ' any more; nobody has taken over yet.'
            : ' any more.'
          : ` any more: ${facts.byWhom} does now.`,
      ],
    ],
    'reviewers-changed': (facts) => [[...by(facts), ` is reviewed by ${list.format(facts.reviewers)}.`]],
    'needs-reviewers': (facts) => [
      [
        ...by(facts),
        ` still needs ${count(facts.missingReviewers, 'reviewer', 'reviewers')}`,
        facts.missingReason === null ? '.' : `: ${missing[facts.missingReason]}.`,
      ],
      ['Tandem goes on looking; you can also choose somebody by hand.'],
    ],
    merged: (facts) => [[...by(facts), ' is merged. Nothing is left to do.']],
    reminder: (facts) => [
      [...by(facts), ` has waited for your review for ${count(facts.hours, 'working hour', 'working hours')}.`],
      ['Are you on it? Say so, and nobody will be asked instead of you.'],
    ],
    'replacement-proposed': (facts) => [
      facts.reviewer === null
        ? [...by(facts), ` has waited for you for ${count(facts.hours, 'working hour', 'working hours')}.`]
        : [
            `${facts.reviewer} has not answered `,
            facts.title,
            ` for ${count(facts.hours, 'working hour', 'working hours')}.`,
          ],
      [
        facts.replacement === null
          ? 'Shall somebody else take over? Nothing happens unless one of you says so.'
          : `Shall ${facts.replacement} take over? Nothing happens unless one of you says so.`,
      ],
      ...(facts.replacement === null ? [['At the moment nobody else could.']] : []),
    ],
  },
  subjects: {
    assigned: (name) => `Please review: ${name}`,
    relieved: (name) => `No longer yours to review: ${name}`,
    'reviewers-changed': (name) => `Who reviews: ${name}`,
    'needs-reviewers': (name) => `Needs reviewers: ${name}`,
    merged: (name) => `Merged: ${name}`,
    reminder: (name) => `Waiting for your review: ${name}`,
    'replacement-proposed': (name) => `Another reviewer? ${name}`,
  },
  digestSubject: (n) => `${count(n, 'piece of news', 'pieces of news')} about reviews`,
  headings: {
    assigned: (n) => `Please review (${n})`,
    relieved: (n) => `No longer yours to review (${n})`,
    'reviewers-changed': (n) => `Who reviews (${n})`,
    'needs-reviewers': (n) => `Needs reviewers (${n})`,
    merged: (n) => `Merged (${n})`,
    reminder: (n) => `Waiting for your review (${n})`,
    'replacement-proposed': (n) => `Another reviewer? (${n})`,
  },
  more: (n) => `And ${n} more.`,
  actions: { acknowledge: 'I am on it', replace: 'Let somebody else review', why: 'How this was decided' },
  footer: 'Sent by Tandem, as your preferences say.',
  test: { subject: 'A test by Tandem', line: 'It works: this is how Tandem will tell you about reviews.' },
  pages: {
    askAcknowledge: (name, author) => ({
      title: 'Are you on it?',
      text: `You say that you are reviewing “${name}” by ${author}. Nobody will remind you of it again.`,
      button: 'Yes, I am on it',
    }),
    acknowledged: (name) => ({ title: 'Thank you', text: `It is noted that you are reviewing “${name}”.` }),
    askReplace: (name, reviewer, other) => ({
      title: 'Shall somebody else review?',
      ...(other === null
        ? {
            text: `Somebody else will review “${name}” instead of ${reviewer}. Tandem chooses who.`,
            button: 'Yes, choose somebody else',
          }
        : { text: `${other} will review “${name}” instead of ${reviewer}.`, button: `Yes, let ${other} review` }),
    }),
    askOther: (name, reviewer, proposed, other) => ({
      title: 'Shall it be somebody else?',
      text: `${proposed} cannot take over “${name}” any more, and nothing has changed. Tandem would now choose ${other} instead of ${reviewer}.`,
      button: `Yes, let ${other} review`,
    }),
    replaced: (name, reviewer, other) => ({
      title: 'Done',
      text: `${other} reviews “${name}” instead of ${reviewer}.`,
    }),
    noCandidate: (name) => ({
      title: 'Nobody is free',
      text: `Nobody else can review “${name}” at the moment. Its reviewers stay; try again later.`,
    }),
    merged: (name) => ({ title: 'It is merged', text: `“${name}” is merged: nothing is left to do.` }),
    outdated: (name) => ({
      title: 'This is out of date',
      text: `The reviewers of “${name}” have changed since this link was sent.`,
    }),
    unknown: () => ({ title: 'Not found', text: 'There is no such pull request.' }),
    expired: () => ({ title: 'This link has expired', text: 'Links in messages are good for a week.' }),
    invalid: () => ({ title: 'This link does not work', text: 'It is incomplete, or was not made by Tandem.' }),
  },
}
