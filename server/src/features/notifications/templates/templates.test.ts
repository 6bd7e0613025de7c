import { describe, expect, test } from 'bun:test'
import type { Choice } from '../../reviews/index.ts'
import { kinds, languages } from '../domain/notification.ts'
import { lineIn, plainText } from '../sending/markup/plain.ts'
import { textsIn } from './languages.ts'
import type { Facts } from './texts.ts'

const facts: Facts = {
  title: { text: 'Add search', url: 'https://git.example/1' },
  name: 'Add search',
  author: 'Ada',
  reviewers: ['Bob', 'Cleo'],
  missingReviewers: 1,
  missingReason: 'AT_CAP',
}
const choice: Choice = {
  kind: 'create',
  policy: 'least-loaded',
  candidates: 5,
  openReviews: 1,
  hasFewest: true,
  knownShare: null,
  knowsAuthor: false,
  isOwner: false,
  isMentor: false,
}
const expert: Choice = { ...choice, policy: 'expertise', knownShare: 0.8, knowsAuthor: true, isOwner: true }

function said(lines: readonly Parameters<typeof lineIn>[0][]): string[] {
  return lines.map((line) => lineIn(line, plainText))
}

function all(language: 'en' | 'ru'): Record<string, string[]> {
  const { items } = textsIn[language]
  const assigned = (given: Choice | null, isChosen = false) =>
    said(items.assigned({ ...facts, choice: given, isChosen })).slice(1)
  return {
    assigned: said(items.assigned({ ...facts, choice, isChosen: false })),
    expertise: assigned(expert),
    busy: assigned({ ...choice, hasFewest: false, openReviews: 2 }),
    turn: assigned({ ...choice, policy: 'round-robin' }),
    lot: assigned({ ...choice, policy: 'random' }),
    noLot: assigned({ ...choice, policy: 'random', candidates: 1 }),
    noTurn: assigned({ ...choice, policy: 'round-robin', candidates: 1 }),
    new: assigned({ ...choice, policy: 'expertise', knownShare: 0 }),
    mentor: assigned({ ...choice, isMentor: true, policy: 'random' }),
    handOver: assigned({ ...choice, kind: 'hand-over', policy: 'expertise' }),
    restore: assigned({ ...choice, kind: 'restore' }),
    byHand: assigned({ ...choice, kind: 'assign' }),
    stays: assigned(null, true),
    unknown: assigned(null),
    relieved: said(items.relieved({ ...facts, byWhom: 'Dan' })),
    relievedByNobody: said(items.relieved({ ...facts, byWhom: null })),
    relievedForGood: said(items.relieved({ ...facts, byWhom: null, missingReviewers: 0 })),
    reviewers: said(items['reviewers-changed'](facts)),
    reviewer: said(items['reviewers-changed']({ ...facts, reviewers: ['Bob'] })),
    missing: said(items['needs-reviewers'](facts)),
    missingTwo: said(items['needs-reviewers']({ ...facts, missingReviewers: 2, missingReason: null })).slice(0, 1),
    merged: said(items.merged(facts)),
    reminder: said(items.reminder({ ...facts, reviewer: null, hours: 8 })),
    proposedToReviewer: said(items['replacement-proposed']({ ...facts, reviewer: null, hours: 1, replacement: 'Dan' })),
    proposedToAuthor: said(items['replacement-proposed']({ ...facts, reviewer: 'Bob', hours: 22, replacement: 'Dan' })),
    nobodyProposed: said(items['replacement-proposed']({ ...facts, reviewer: 'Bob', hours: 22, replacement: null })),
  }
}

const it = '“Add search” <https://git.example/1>'

test('all that is said in English', () => {
  expect(all('en')).toEqual({
    assigned: [
      `Please review ${it} by Ada.`,
      'Why you: nobody of the 5 who could be asked had fewer open reviews (you had 1).',
    ],
    expertise: [
      'Why you: you own files it changes, you know 80% of the files it changes, and you have reviewed this author lately.',
    ],
    busy: ['Why you: you had 2 open reviews.'],
    turn: ['Why you: it was your turn.'],
    lot: ['Why you: the lot fell on you among 5.'],
    noLot: [],
    noTurn: [],
    new: ['Why you: you had time for something new.'],
    mentor: ['Why you: you are the author’s mentor and the lot fell on you among 5.'],
    handOver: [
      'Why you: whoever reviewed it is not active any more and nobody of the 5 who could be asked had fewer open reviews (you had 1).',
    ],
    restore: ['Why you: you reviewed it before, and are back.'],
    byHand: ['Why you: somebody chose you by hand.'],
    stays: ['Why you: somebody chose you by hand.'],
    unknown: [],
    relieved: [`You need not review ${it} by Ada any more: Dan does now.`],
    relievedByNobody: [`You need not review ${it} by Ada any more; nobody has taken over yet.`],
    relievedForGood: [`You need not review ${it} by Ada any more.`],
    reviewers: [`${it} by Ada is reviewed by Bob and Cleo.`],
    reviewer: [`${it} by Ada is reviewed by Bob.`],
    missing: [
      `${it} by Ada still needs 1 reviewer: whoever could review has as many open reviews as they may have.`,
      'Tandem goes on looking; you can also choose somebody by hand.',
    ],
    missingTwo: [`${it} by Ada still needs 2 reviewers.`],
    merged: [`${it} by Ada is merged. Nothing is left to do.`],
    reminder: [
      `${it} by Ada has waited for your review for 8 working hours.`,
      'Are you on it? Say so, and nobody will be asked instead of you.',
    ],
    proposedToReviewer: [
      `${it} by Ada has waited for you for 1 working hour.`,
      'Shall Dan take over? Nothing happens unless one of you says so.',
    ],
    proposedToAuthor: [
      `Bob has not answered ${it} for 22 working hours.`,
      'Shall Dan take over? Nothing happens unless one of you says so.',
    ],
    nobodyProposed: [
      `Bob has not answered ${it} for 22 working hours.`,
      'Shall somebody else take over? Nothing happens unless one of you says so.',
      'At the moment nobody else could.',
    ],
  })
})

test('all that is said in Russian', () => {
  expect(all('ru')).toEqual({
    assigned: [
      `Пожалуйста, проверьте ${it} (автор: Ada).`,
      'Почему вы: ни у кого из 5 кандидатов не было меньше открытых ревью (у вас было 1).',
    ],
    expertise: [
      'Почему вы: вы владеете изменёнными файлами, вы знаете 80 % изменённых файлов и недавно вы проверяли работу этого автора.',
    ],
    busy: ['Почему вы: у вас было 2 открытых ревью.'],
    turn: ['Почему вы: подошла ваша очередь.'],
    lot: ['Почему вы: жребий выпал вам из 5 кандидатов.'],
    noLot: [],
    noTurn: [],
    new: ['Почему вы: у вас было время на новое.'],
    mentor: ['Почему вы: вы наставник автора и жребий выпал вам из 5 кандидатов.'],
    handOver: [
      'Почему вы: прежний ревьюер больше не активен и ни у кого из 5 кандидатов не было меньше открытых ревью (у вас было 1).',
    ],
    restore: ['Почему вы: это ревью было вашим раньше, и вы снова здесь.'],
    byHand: ['Почему вы: вас выбрали вручную.'],
    stays: ['Почему вы: вас выбрали вручную.'],
    unknown: [],
    relieved: [`Вам больше не нужно проверять ${it} (автор: Ada): теперь ревьюер — Dan.`],
    relievedByNobody: [`Вам больше не нужно проверять ${it} (автор: Ada); замены пока нет.`],
    relievedForGood: [`Вам больше не нужно проверять ${it} (автор: Ada).`],
    reviewers: [`${it} (автор: Ada): ревьюеры — Bob и Cleo.`],
    reviewer: [`${it} (автор: Ada): ревьюер — Bob.`],
    missing: [
      `${it} (автор: Ada): не хватает 1 ревьюера — у всех, кто мог бы проверить, уже предельное число открытых ревью.`,
      'Tandem продолжает искать; можно и выбрать кого-нибудь вручную.',
    ],
    missingTwo: [`${it} (автор: Ada): не хватает 2 ревьюеров.`],
    merged: [`${it} (автор: Ada): изменения влиты. Делать больше ничего не нужно.`],
    reminder: [
      `${it} (автор: Ada) ждёт вашего ревью уже 8 рабочих часов.`,
      'Вы этим заняты? Скажите об этом, и никого не попросят вместо вас.',
    ],
    proposedToReviewer: [
      `${it} (автор: Ada) ждёт вас уже 1 рабочий час.`,
      'Передать ревью? Новым ревьюером станет Dan. Без согласия одного из вас ничего не изменится.',
    ],
    proposedToAuthor: [
      `Bob не отвечает по ${it} уже 22 рабочих часа.`,
      'Передать ревью? Новым ревьюером станет Dan. Без согласия одного из вас ничего не изменится.',
    ],
    nobodyProposed: [
      `Bob не отвечает по ${it} уже 22 рабочих часа.`,
      'Передать ревью кому-нибудь другому? Без согласия одного из вас ничего не изменится.',
      'Сейчас передать его некому.',
    ],
  })
})

test.each([
  [1, 'рабочий час'],
  [2, 'рабочих часа'],
  [5, 'рабочих часов'],
  [11, 'рабочих часов'],
  [21, 'рабочий час'],
  [24, 'рабочих часа'],
  [111, 'рабочих часов'],
])('of %i Russian has its own form', (hours, form) => {
  const [line] = said(textsIn.ru.items.reminder({ ...facts, reviewer: null, hours }))

  expect(line).toEndWith(`уже ${hours} ${form}.`)
})

test('a digest is called by how much is in it', () => {
  expect([1, 2, 5].map(textsIn.en.digestSubject)).toEqual([
    '1 piece of news about reviews',
    '2 pieces of news about reviews',
    '5 pieces of news about reviews',
  ])
  expect([1, 2, 5].map(textsIn.ru.digestSubject)).toEqual([
    '1 новость о ревью',
    '2 новости о ревью',
    '5 новостей о ревью',
  ])
})

describe.each(languages)('in %s', (language) => {
  test('each kind has its subject and its heading', () => {
    const { subjects, headings } = textsIn[language]

    expect(new Set(kinds.map((kind) => subjects[kind]('x'))).size).toBe(kinds.length)
    for (const kind of kinds) {
      expect(subjects[kind]('Name')).toContain('Name')
      expect(headings[kind](42)).toContain('42')
    }
  })
})
