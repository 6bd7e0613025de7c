import { expect, test } from 'bun:test'
import { recordCommand } from './cli/terminal/record-command.ts'
import { start } from './main.ts'

test.each([
  '--workers 0',
  '--workers 65',
  '--workers many',
  '--workers',
  '--wrokers 2',
  '--role both',
  '--role',
  'api',
])('a start with %s shows how to start, and ends with 2', async (args) => {
  const { exitCode, complaints } = await recordCommand(start, args.split(' '))

  expect(exitCode).toBe(2)
  expect(complaints).toContain('Usage: npm start -- [--workers <number>]')
})

test('a worker is nothing to start by hand', async () => {
  const { exitCode, complaints } = await recordCommand(start, ['--worker', '1'])

  expect([exitCode, complaints]).toEqual([2, expect.stringContaining('use --workers.')])
})

test('--help shows how to start, and starts nothing', async () => {
  const { exitCode, printed } = await recordCommand(start, ['--help'])

  expect([exitCode, printed]).toEqual([0, expect.stringContaining('--workers <number>')])
})
