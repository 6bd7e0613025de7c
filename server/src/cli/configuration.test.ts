import { expect, test } from 'bun:test'
import { readConfig, settings } from '../config.ts'
import { configuration, configurationFiles } from './configuration.ts'
import { outdatedFiles } from './generated/generated-files.ts'
import { environmentExample, withSettingsTable } from './generated/settings.ts'
import { recordCommand } from './terminal/record-command.ts'

test('docs/configuration.md and .env.example say what config.ts says: else run `npm run docs`', async () => {
  expect((await outdatedFiles(await configurationFiles())).map(({ path }) => path)).toEqual([])
  expect((await recordCommand(configuration, ['--check'])).exitCode).toBe(0)
})

test('.env.example with everything switched on is what runs without it', () => {
  const lines = environmentExample().matchAll(/^#([A-Z_]+)=(.*)$/gm)
  const environment = Object.fromEntries([...lines].map(([, name, value]) => [name!, value!]))

  expect(Object.keys(environment)).toEqual(Object.keys(settings))
  expect(readConfig(environment)).toEqual(readConfig({}))
})

test('a document without the markers is not touched', () => {
  expect(() => withSettingsTable('# Configuration\n')).toThrow('The document lacks')
})
