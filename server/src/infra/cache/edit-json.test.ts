import { expect, test } from 'bun:test'
import { inserted, replaced } from './edit-json.ts'

const body = Buffer.from('["é","ü","é"]')

test('text is put in by the byte, whatever script it is in', () => {
  expect(inserted(body, '"😀",', 1).toString()).toBe('["😀","é","ü","é"]')
})

test('the first of a text is replaced, from where it is looked for', () => {
  expect(replaced(body, '"é"', '1')?.toString()).toBe('[1,"ü","é"]')
  expect(replaced(body, '"é"', '1', 2)?.toString()).toBe('["é","ü",1]')
  expect(replaced(body, '"ß"', '1')).toBeNull()
  expect(body.toString()).toBe('["é","ü","é"]')
})
