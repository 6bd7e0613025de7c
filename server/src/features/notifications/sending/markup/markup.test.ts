import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { oneLine, shorten, type Message } from '../../domain/message.ts'
import { mattermost, slack } from './chat.ts'
import { html } from './html.ts'

const anyText = fc.string({
  unit: fc.constantFrom(...Array.from('<>&|*_~`@#![]()\\"\'x \u2066'), 'channel', 'here', 'all'),
})
const anyUrl = fc
  .string({ unit: fc.constantFrom(...Array.from('<>|()[]"\'\\ x&=?')) })
  .map((rest) => `https://a.example/${rest}`)

describe('whatever a text holds', () => {
  test('Slack sees no link, no mention and no mark-up in it', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(slack.text(text)).not.toMatch(/[<>]|&(?!(amp|lt|gt);)/)
        expect(slack.text(text)).not.toMatch(/(?<!\u200b)[*_~`@#]|[*_~`@#](?!\u200b)/)
      }),
    )
  })

  test('Mattermost sees each of its marks escaped, and nobody called', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(mattermost.text(text).replaceAll(/\\[\\`*_{}[\]()#+\-.!|>~<]/g, '')).not.toMatch(/[\\`*_[\]()#!|>~<]/)
        expect(mattermost.text(text)).not.toMatch(/@(?!\u200b)/)
      }),
    )
  })

  test('HTML has no tag and no quote in it', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(html.text(text)).not.toMatch(/[<>"']|&(?!(amp|lt|gt|quot|#39);)/)
      }),
    )
  })

  test('a link stays one link', () => {
    fc.assert(
      fc.property(anyText, anyUrl, (text, url) => {
        expect(slack.link(text, url)).toMatch(/^<https:\/\/[^<>|]*\|[^<>|]*>$/)
        expect(mattermost.link('x', url)).toMatch(/^\[x\]\(https:\/\/[^()\s<>]*\)$/)
        expect(html.link('x', url)).toMatch(/^<a href="https:\/\/[^"<>]*">x<\/a>$/)
      }),
    )
  })
})

test('a name is one line of a length that can be read', () => {
  expect(oneLine(' a\r\nb\u2028c\0d\u202ee ')).toBe('a b c de')
  expect(Array.from(oneLine('😀'.repeat(500)))).toHaveLength(120)
})

test('a message that is too long says how much is left out', () => {
  const item = { kind: 'merged', source: '', pullRequestId: '', pullRequestName: '', url: null, actions: [] } as const
  const items = ['1', '2', '3'].map((line) => ({ ...item, lines: [[line]] }))
  const message: Message = {
    subject: '',
    sections: [
      { heading: 'a', items },
      { heading: 'b', items },
    ],
    footer: [['end']],
  }
  const shown = shorten(message, 4, (count) => `and ${count} more`)

  expect(shown.sections.map((section) => section.items.length)).toEqual([3, 1])
  expect(shown.footer).toEqual([['and 2 more'], ['end']])
  expect(shorten(message, 6, String)).toBe(message)
})
