import { generatingCommand, pathFromRoot, type GeneratedFile } from './generated/generated-files.ts'
import { environmentExample, withSettingsTable } from './generated/settings.ts'
import { startCommand } from './terminal/command.ts'

export const configuration = generatingCommand(
  'docs',
  'the settings in docs/configuration.md and .env.example from server/src/config.ts',
  configurationFiles,
)

export async function configurationFiles(): Promise<GeneratedFile[]> {
  const document = pathFromRoot('docs/configuration.md')
  return [
    { path: document, text: withSettingsTable(await Bun.file(document).text()) },
    { path: pathFromRoot('.env.example'), text: environmentExample() },
  ]
}

if (import.meta.main) await startCommand(configuration)
