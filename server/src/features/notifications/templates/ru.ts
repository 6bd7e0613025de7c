import type { Choice, MissingReason } from '../../reviews/index.ts'
import type { Assigned, Facts, Texts } from './texts.ts'

const rules = new Intl.PluralRules('ru')
const list = new Intl.ListFormat('ru', { type: 'conjunction' })

/** Forms for 1, for 2 to 4, and for the rest: 1 ревью, 2 часа, 5 часов. */
type Forms = { one: string; few: string; many: string }

const hours: Forms = { one: 'рабочий час', few: 'рабочих часа', many: 'рабочих часов' }
const reviewersMissing: Forms = { one: 'ревьюера', few: 'ревьюеров', many: 'ревьюеров' }
const openReviewsOf: Forms = { one: 'открытое ревью', few: 'открытых ревью', many: 'открытых ревью' }
const candidatesOf: Forms = { one: 'кандидата', few: 'кандидатов', many: 'кандидатов' }
const newsOf: Forms = { one: 'новость', few: 'новости', many: 'новостей' }

function form(n: number, forms: Forms): string {
  const rule = rules.select(n)
  return rule === 'one' || rule === 'few' ? forms[rule] : forms.many
}

function count(n: number, forms: Forms): string {
  return `${n} ${form(n, forms)}`
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}

const missing: Readonly<Record<MissingReason, string>> = {
  NO_ACTIVE_TEAMMATE: 'в команде больше нет активных участников',
  EVERY_TEAMMATE_EXCLUDED: 'все остальные в команде уже проверяют его или были заменены',
  ABSENT: 'все, кто мог бы проверить, отсутствуют',
  AT_CAP: 'у всех, кто мог бы проверить, уже предельное число открытых ревью',
  NEVER_ASSIGNED: 'остальных не назначают совсем или не назначают этому автору',
  NOT_OWNER: 'команда назначает только владельцев файлов, а других владельцев нет',
  SHADOW: 'остальные ещё учатся',
  NEWCOMER_ALONE: 'остальные — новички и не проверяют в одиночку',
}

function why({ choice, isChosen }: Assigned): string | null {
  if (isChosen || choice?.kind === 'assign') return 'вас выбрали вручную'
  if (choice === null) return null
  if (choice.kind === 'restore') return 'это ревью было вашим раньше, и вы снова здесь'
  const reasons = reasonsOf(choice)
  return reasons.length === 0 ? null : list.format(reasons)
}

function reasonsOf(choice: Choice): string[] {
  const { kind, policy, candidates, openReviews, hasFewest, knownShare } = choice
  const isByLoad = policy === 'least-loaded' || kind === 'hand-over'
  const open = openReviews ?? 0
  return [
    ...(kind === 'hand-over' ? ['прежний ревьюер больше не активен'] : []),
    ...(choice.isMentor ? ['вы наставник автора'] : []),
    ...(choice.isOwner ? ['вы владеете изменёнными файлами'] : []),
    ...(knownShare !== null && knownShare >= 0.01 ? [`вы знаете ${percent(knownShare)} изменённых файлов`] : []),
    ...(choice.knowsAuthor ? ['недавно вы проверяли работу этого автора'] : []),
    ...(isByLoad && openReviews !== null
      ? [
          hasFewest && candidates > 1
            ? `ни у кого из ${count(candidates, candidatesOf)} не было меньше открытых ревью (у вас было ${open})`
            : `у вас было ${count(open, openReviewsOf)}`,
        ]
      : []),
    ...(policy === 'round-robin' && !isByLoad && candidates > 1 ? ['подошла ваша очередь'] : []),
    ...(policy === 'random' && !isByLoad && candidates > 1
      ? [`жребий выпал вам из ${count(candidates, candidatesOf)}`]
      : []),
    ...(policy === 'expertise' && knownShare !== null && knownShare < 0.01 ? ['у вас было время на новое'] : []),
  ]
}

function by({ title, author }: Facts) {
  return [title, ` (автор: ${author})`] as const
}

export const russian: Texts = {
  items: {
    assigned: (facts) => {
      const reason = why(facts)
      return [['Пожалуйста, проверьте ', ...by(facts), '.'], ...(reason === null ? [] : [[`Почему вы: ${reason}.`]])]
    },
    relieved: (facts) => [
      [
        'Вам больше не нужно проверять ',
        ...by(facts),
        facts.byWhom === null
          ? facts.missingReviewers > 0
            ? '; замены пока нет.'
            : '.'
          : `: теперь ревьюер — ${facts.byWhom}.`,
      ],
    ],
    'reviewers-changed': (facts) => [
      [
        ...by(facts),
        facts.reviewers.length === 1
          ? `: ревьюер — ${facts.reviewers[0]!}.`
          : `: ревьюеры — ${list.format(facts.reviewers)}.`,
      ],
    ],
    'needs-reviewers': (facts) => [
      [
        ...by(facts),
        `: не хватает ${count(facts.missingReviewers, reviewersMissing)}`,
        facts.missingReason === null ? '.' : ` — ${missing[facts.missingReason]}.`,
      ],
      ['Tandem продолжает искать; можно и выбрать кого-нибудь вручную.'],
    ],
    merged: (facts) => [[...by(facts), ': изменения влиты. Делать больше ничего не нужно.']],
    reminder: (facts) => [
      [...by(facts), ` ждёт вашего ревью уже ${count(facts.hours, hours)}.`],
      ['Вы этим заняты? Скажите об этом, и никого не попросят вместо вас.'],
    ],
    'replacement-proposed': (facts) => [
      facts.reviewer === null
        ? [...by(facts), ` ждёт вас уже ${count(facts.hours, hours)}.`]
        : [`${facts.reviewer} не отвечает по `, facts.title, ` уже ${count(facts.hours, hours)}.`],
      [
        facts.replacement === null
          ? 'Передать ревью кому-нибудь другому? Без согласия одного из вас ничего не изменится.'
          : `Передать ревью? Новым ревьюером станет ${facts.replacement}. Без согласия одного из вас ничего не изменится.`,
      ],
      ...(facts.replacement === null ? [['Сейчас передать его некому.']] : []),
    ],
  },
  subjects: {
    assigned: (name) => `Нужно ваше ревью: ${name}`,
    relieved: (name) => `Проверять больше не нужно: ${name}`,
    'reviewers-changed': (name) => `Кто проверяет: ${name}`,
    'needs-reviewers': (name) => `Не хватает ревьюеров: ${name}`,
    merged: (name) => `Влито: ${name}`,
    reminder: (name) => `Ждёт вашего ревью: ${name}`,
    'replacement-proposed': (name) => `Другой ревьюер? ${name}`,
  },
  digestSubject: (n) => `${count(n, newsOf)} о ревью`,
  headings: {
    assigned: (n) => `Нужно ваше ревью (${n})`,
    relieved: (n) => `Проверять больше не нужно (${n})`,
    'reviewers-changed': (n) => `Кто проверяет (${n})`,
    'needs-reviewers': (n) => `Не хватает ревьюеров (${n})`,
    merged: (n) => `Влито (${n})`,
    reminder: (n) => `Ждёт вашего ревью (${n})`,
    'replacement-proposed': (n) => `Другой ревьюер? (${n})`,
  },
  more: (n) => `И ещё ${n}.`,
  actions: { acknowledge: 'Я этим занят(а)', replace: 'Передать другому', why: 'Как это решено' },
  footer: 'Отправлено Tandem по вашим настройкам.',
  test: { subject: 'Проверка от Tandem', line: 'Всё работает: так Tandem будет сообщать вам о ревью.' },
  pages: {
    askAcknowledge: (name, author) => ({
      title: 'Вы этим заняты?',
      text: `Вы сообщаете, что проверяете «${name}» (автор: ${author}). Напоминать об этом больше не будут.`,
      button: 'Да, проверяю',
    }),
    acknowledged: (name) => ({ title: 'Спасибо', text: `Записано: вы проверяете «${name}».` }),
    askReplace: (name, reviewer, other) => ({
      title: 'Передать ревью другому?',
      ...(other === null
        ? {
            text: `«${name}» проверит кто-нибудь другой вместо ревьюера ${reviewer}. Кто именно, решит Tandem.`,
            button: 'Да, выбрать другого',
          }
        : {
            text: `«${name}»: новым ревьюером вместо ревьюера ${reviewer} станет ${other}.`,
            button: `Да, ревьюер — ${other}`,
          }),
    }),
    askOther: (name, reviewer, proposed, other) => ({
      title: 'Передать кому-то ещё?',
      text: `«${name}»: ${proposed} уже не может взять это ревью, и ничего не изменилось. Сейчас Tandem вместо ревьюера ${reviewer} предлагает другого: ${other}.`,
      button: `Да, ревьюер — ${other}`,
    }),
    replaced: (name, reviewer, other) => ({
      title: 'Готово',
      text: `«${name}»: теперь ревьюер — ${other} (вместо ревьюера ${reviewer}).`,
    }),
    noCandidate: (name) => ({
      title: 'Свободных нет',
      text: `Сейчас «${name}» больше некому проверить. Ревьюеры остаются прежними; попробуйте позже.`,
    }),
    merged: (name) => ({ title: 'Уже влито', text: `«${name}»: изменения влиты, делать больше ничего не нужно.` }),
    outdated: (name) => ({
      title: 'Ссылка устарела',
      text: `Ревьюеры «${name}» изменились с тех пор, как была отправлена эта ссылка.`,
    }),
    unknown: () => ({ title: 'Не найдено', text: 'Такого пулл-реквеста нет.' }),
    expired: () => ({ title: 'Срок ссылки истёк', text: 'Ссылки в сообщениях действуют неделю.' }),
    invalid: () => ({ title: 'Ссылка не работает', text: 'Она неполна или создана не Tandem.' }),
  },
}
