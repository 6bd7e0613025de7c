import { expect, test } from 'bun:test'
import { sharesOf, type CpuProfile } from './cpu-profile.ts'

function frame(functionName: string, url: string) {
  return { functionName, url, lineNumber: 4 }
}

/** A second in each of: HTTP of the runtime, a decision, JSON within that decision, the driver. */
const profile: CpuProfile = {
  nodes: [
    { id: 1, callFrame: frame('(root)', ''), children: [2, 3, 5] },
    { id: 2, callFrame: frame('', '') },
    { id: 3, callFrame: frame('decide', 'file:///x/server/src/features/reviews/domain/decide.ts'), children: [4] },
    { id: 4, callFrame: frame('stringify', '') },
    { id: 5, callFrame: frame('query', 'file:///x/node_modules/pg/lib/client.js') },
  ],
  startTime: 10_000_000,
  samples: [2, 3, 4, 5],
  timeDeltas: [1_000_000, 1_000_000, 1_000_000, 1_000_000],
}

test('time counts to the area of the code, that of built-in functions to whoever called them', () => {
  const { areas, functions } = sharesOf(profile, 0, 60_000)

  expect(Object.fromEntries(areas)).toEqual({
    deciding: 0.5,
    'the runtime: HTTP, event loop, garbage': 0.25,
    'PostgreSQL driver and its sockets': 0.25,
  })
  expect(Object.fromEntries(functions)).toEqual({
    '(anonymous) (built in)': 0.25,
    'decide decide.ts:5': 0.25,
    'stringify (built in)': 0.25,
    'query client.js:5': 0.25,
  })
})

test('only what was between the two moments counts', () => {
  expect([...sharesOf(profile, 12_500, 13_500).areas]).toEqual([['deciding', 1]])
})
