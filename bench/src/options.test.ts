import { expect, test } from 'bun:test'
import { readOptions, UsageError } from './options.ts'

const known = ['reference-load', 'scale', 'soak']

test('without arguments no scenario is named and everything has its default', () => {
  expect(readOptions([], known)).toMatchObject({
    scenarios: [],
    isQuick: false,
    isSaved: false,
    compare: null,
    rate: null,
    soakMinutes: 10,
    generators: 2,
    logLevel: 'warn',
  })
})

test.each([
  [['--soak'], ['soak'], 10],
  [['--soak', '3'], ['soak'], 3],
  [['--soak=0.5', 'scale'], ['scale', 'soak'], 0.5],
  [['--soak', 'scale'], ['scale', 'soak'], 10],
  [['--soak', '--save'], ['soak'], 10],
  [['soak'], ['soak'], 10],
])('%p runs %p, the soak for %p minutes', (argv, scenarios, soakMinutes) => {
  expect(readOptions(argv, known)).toMatchObject({ scenarios, soakMinutes })
})

test('two recorded runs are compared', () => {
  expect(readOptions(['--compare', 'a.json', 'b.json'], known).compare).toEqual(['a.json', 'b.json'])
})

test.each([
  [['--compare', 'a.json'], '--compare takes two'],
  [['scales'], 'there are reference-load, scale, soak'],
  [['--rate', 'fast'], '--rate takes a number above 0, not "fast"'],
  [['--generators', '0'], '--generators takes a number above 0'],
  [['--quickly'], '--quickly'],
])('%p is refused with what to write instead', (argv, message) => {
  expect(() => readOptions(argv, known)).toThrow(UsageError)
  expect(() => readOptions(argv, known)).toThrow(message)
})
