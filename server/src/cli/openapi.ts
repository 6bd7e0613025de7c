import { addFeatures, contextOf, openApiDocument } from '../app.ts'
import type { Db } from '../infra/db/database.ts'
import { createApi } from '../infra/http/api.ts'
import { generatingCommand, pathFromRoot, type GeneratedFile } from './generated/generated-files.ts'
import { startCommand } from './terminal/command.ts'

export const openApi = generatingCommand('openapi', 'server/openapi.json from the schemas of the API', () => [
  openApiFile(),
])

export function openApiFile(): GeneratedFile {
  const api = createApi()
  addFeatures(api, contextOf(noDatabase))
  return { path: pathFromRoot('server/openapi.json'), text: `${JSON.stringify(openApiDocument(api), null, 2)}\n` }
}

const noDatabase: Db = {
  run: refuse,
  transaction: refuse,
  connections: () => ({ size: 0, idle: 0, waiting: 0 }),
  close: () => Promise.resolve(),
}

function refuse(): Promise<never> {
  return Promise.reject(new Error('The document is made without a database.'))
}

if (import.meta.main) await startCommand(openApi)
