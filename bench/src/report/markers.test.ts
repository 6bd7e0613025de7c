import { expect, test } from 'bun:test'
import { replaceMarked } from './markers.ts'

const PAGE = `# Title
<!-- bench:one -->
old
<!-- /bench -->
between
<!-- bench:two-b -->
<!-- /bench -->
end
`

test('only what stands between the markers changes, and twice the same changes nothing more', () => {
  const text = (name: string) => ({ one: 'new | $1', 'two-b': 'second' })[name]
  const page = replaceMarked(PAGE, text)

  expect(page).toBe(`# Title
<!-- bench:one -->
new | $1
<!-- /bench -->
between
<!-- bench:two-b -->
second
<!-- /bench -->
end
`)
  expect(replaceMarked(page, text)).toBe(page)
})

test('what was not measured stays as it is', () => {
  expect(replaceMarked(PAGE, () => undefined)).toBe(PAGE)
})

test('a marker that nobody closes is refused', () => {
  expect(() => replaceMarked('<!-- bench:one -->\ntext', () => 'x')).toThrow('<!-- bench:one --> is not closed')
})
