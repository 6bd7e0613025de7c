import { expect, test } from 'bun:test'
import { outdatedFiles } from './generated/generated-files.ts'
import { openApi, openApiFile } from './openapi.ts'
import { recordCommand } from './terminal/record-command.ts'

test('server/openapi.json is what the schemas make it: else run `npm run openapi`', async () => {
  expect((await outdatedFiles([openApiFile()])).map(({ path }) => path)).toEqual([])
  expect(await recordCommand(openApi, ['--check'])).toMatchObject({ exitCode: 0, printed: 'Up to date.\n' })
})

test('the document names every operation of the contract', () => {
  const document = JSON.parse(openApiFile().text) as { openapi: string; paths: Record<string, object> }

  expect(document.openapi).toBe('3.1.0')
  expect(Object.keys(document.paths)).toEqual(
    expect.arrayContaining([
      '/team/add',
      '/team/get',
      '/users/setIsActive',
      '/users/getReview',
      '/pullRequest/create',
      '/pullRequest/merge',
      '/pullRequest/reassign',
    ]),
  )
})
