import { expect, test } from 'bun:test'
import { startProgress, withProgress } from './progress.ts'

function recordingOutput(isTTY: boolean) {
  const written: string[] = []
  return { isTTY, written, write: (text: string) => void written.push(text) }
}

test('without a terminal, progress is a line for every tenth', async () => {
  const output = recordingOutput(false)

  await withProgress({ label: 'Filling', total: 40, output }, async (advance) => {
    for (let step = 0; step < 40; step++) advance()
  })

  expect(output.written).toHaveLength(10)
  expect(output.written[0]).toBe('Filling: 10 % (4 of 40)\n')
  expect(output.written[9]).toBe('Filling: 100 % (40 of 40)\n')
})

test('on a terminal, progress is one line that ends full, and is left with a new line', () => {
  const output = recordingOutput(true)
  const progress = startProgress('Filling', output)

  for (let done = 1; done <= 1000; done++) progress.show(done, 1000)
  progress.end()

  expect(output.written.length).toBeLessThan(100)
  expect(output.written.at(-2)).toBe(`\rFilling ${'█'.repeat(30)} 100 % 1000/1000\u001B[K`)
  expect(output.written.at(-1)).toBe('\n')
})

test('work that fails leaves the line too', async () => {
  const output = recordingOutput(true)
  const work = withProgress({ label: 'Filling', total: 2, output }, async (advance) => {
    advance()
    throw new Error('the server is gone')
  })

  expect(work).rejects.toThrow('the server is gone')
  await work.catch(() => undefined)
  expect(output.written.at(-1)).toBe('\n')
})

test('nothing to do is all done', () => {
  const output = recordingOutput(false)

  startProgress('Replaying', output).show(0, 0)

  expect(output.written).toEqual(['Replaying: 100 % (0 of 0)\n'])
})
