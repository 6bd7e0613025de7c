import { expect, test } from 'bun:test'
import { hashText } from './hash.ts'

// FNV-1a of the UTF-16LE bytes.
test.each([
  ['', 0x811c9dc5],
  ['ada', 2558228905],
  ['😀ß', 1952044797],
])('the hash of %j is the same for ever', (text, hash) => {
  expect(hashText(text)).toBe(hash)
})

test('texts that differ in one letter, in their order or in their script have different hashes', () => {
  const texts = ['ada', 'adb', 'aad', 'daa', 'адa', 'ada ', 'Ada', '']

  expect(new Set(texts.map(hashText)).size).toBe(texts.length)
})
