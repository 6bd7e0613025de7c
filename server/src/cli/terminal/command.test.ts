import { expect, test } from 'bun:test'
import { parseArgs } from 'node:util'
import { StartupError } from '../../shared/errors.ts'
import { CommandError, UsageError, type Command } from './command.ts'
import { wholeNumberOption } from './options.ts'
import { recordCommand } from './record-command.ts'

function commandThat(run: Command['run']): Command {
  return { usage: 'Usage: npm run thing', run }
}

function commandThatThrows(error: Error): Command {
  return commandThat(async () => {
    throw error
  })
}

test('--help prints the usage and does nothing else', async () => {
  const command = commandThatThrows(new Error('must not run'))

  expect(await recordCommand(command, ['--help'])).toMatchObject({ exitCode: 0, printed: 'Usage: npm run thing\n' })
})

test.each([new UsageError('Name a file.'), null])('a wrong call shows the usage and ends with 2', async (error) => {
  const command = commandThat(async (args) => {
    if (error !== null) throw error
    parseArgs({ args, options: {} })
    return 0
  })

  const { exitCode, complaints } = await recordCommand(command, ['--unknown'])

  expect(exitCode).toBe(2)
  expect(complaints).toContain(error?.message ?? `Unknown option '--unknown'`)
  expect(complaints).toEndWith('\n\nUsage: npm run thing\n')
})

test.each([new CommandError('No server.'), new StartupError('No server.')])(
  'what a person can put right is told without a stack, and ends with 1',
  async (error) => {
    const recorded = await recordCommand(commandThatThrows(error), [])

    expect(recorded).toEqual({ exitCode: 1, printed: '', complaints: 'No server.\n', progress: '' })
  },
)

test('a mistake of ours is not hidden', () => {
  expect(recordCommand(commandThatThrows(new TypeError('oops')), [])).rejects.toThrow('oops')
})

test('an option that must be a number says so', () => {
  expect(wholeNumberOption('teams', '20', 1, 200)).toBe(20)
  for (const text of ['0', '201', '-1', '1.5', '', 'many', '1e2']) {
    expect(() => wholeNumberOption('teams', text, 1, 200)).toThrow('--teams must be a whole number from 1 to 200')
  }
})
