import { afterAll, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { recordCommand } from '../terminal/record-command.ts'
import { generatingCommand } from './generated-files.ts'

const folder = await mkdtemp(join(tmpdir(), 'tandem-generated-'))
afterAll(() => rm(folder, { recursive: true }))

test('a generated file is written once, and checked without writing', async () => {
  const path = join(folder, 'made.txt')
  const command = generatingCommand('make', 'made.txt', () => [{ path, text: 'made\n' }])

  const missing = await recordCommand(command, ['--check'])
  expect(missing).toMatchObject({ exitCode: 1, printed: '' })
  expect(missing.complaints).toMatch(/^Out of date: .*made\.txt\. Run: npm run make\n$/)
  expect(await Bun.file(path).exists()).toBeFalse()

  expect((await recordCommand(command, [])).printed).toMatch(/^Wrote .*made\.txt\.\n$/)
  expect(await Bun.file(path).text()).toBe('made\n')
  expect(await recordCommand(command, [])).toMatchObject({ exitCode: 0, printed: 'Up to date.\n' })

  await Bun.write(path, 'changed by hand\n')
  expect((await recordCommand(command, ['--check'])).exitCode).toBe(1)
})
