import { z } from '@hono/zod-openapi'
import { callOf, command, question, type Api } from '../../infra/http/api.ts'
import { cachedAnswer } from '../../infra/http/cached-answer.ts'
import { ownersAnswer } from './answers.ts'
import { checkOwners } from './check-owners.ts'
import { getOwners } from './get-owners.ts'
import type { Owners } from './owners.ts'
import { removeOwners } from './remove-owners.ts'
import * as schemas from './schemas.ts'
import { setOwners } from './set-owners.ts'

const setOwnersRoute = command({
  path: '/owners/set',
  operationId: 'setOwners',
  tag: 'Code owners',
  summary: 'Store the CODEOWNERS file of a repository, in place of the one before',
  description:
    'Lines with errors are stored too; they are named in the answer and count for as much as the code host makes of them. The body may have 1 MiB by default (`MAX_BODY_BYTES`), less than the 3 MB GitHub allows.',
  request: schemas.NewOwnersSchema,
  success: { status: 200, schema: schemas.SetOwnersSchema, description: 'What was understood of the file' },
})

const getOwnersRoute = question({
  path: '/owners/get',
  operationId: 'getOwners',
  tag: 'Code owners',
  summary: 'The CODEOWNERS file of a repository',
  request: schemas.OwnersQuery,
  success: { status: 200, schema: schemas.StoredOwnersSchema, description: 'The file and what was understood of it' },
  refusals: { 404: 'NOT_FOUND' },
  isCached: true,
})

const removeOwnersRoute = command({
  path: '/owners/remove',
  operationId: 'removeOwners',
  tag: 'Code owners',
  summary: 'Forget the CODEOWNERS file of a repository',
  request: schemas.RepositorySchema,
  success: { status: 200, schema: z.object({ removed: schemas.RepositorySchema }), description: 'Whose file is gone' },
  refusals: { 404: 'NOT_FOUND' },
})

const checkOwnersRoute = command({
  path: '/owners/check',
  operationId: 'checkOwners',
  tag: 'Code owners',
  summary: 'Try a CODEOWNERS file: its errors, and who owns which paths',
  description:
    'A question that is too long for a query string: it changes nothing, may be repeated at will, and takes no Idempotency-Key.',
  request: schemas.OwnersCheckSchema,
  success: { status: 200, schema: schemas.CheckedOwnersSchema, description: 'What the file says' },
  isQuestion: true,
})

export function addOwnersRoutes(api: Api, owners: Owners): void {
  api.openapi(setOwnersRoute, async (c) => {
    const done = await setOwners(owners, callOf(c, c.req.valid('json')))
    return c.json({ owners: schemas.toOwnersJson(done) }, 200)
  })
  api.openapi(getOwnersRoute, (c) => {
    const { repository } = c.req.valid('query')
    return cachedAnswer(c, owners.answers, ownersAnswer(repository), async () =>
      JSON.stringify(schemas.toStoredJson(await getOwners(owners, c.env.actor, { repository }))),
    )
  })
  api.openapi(removeOwnersRoute, async (c) => {
    const removed = await removeOwners(owners, callOf(c, c.req.valid('json')))
    return c.json({ removed }, 200)
  })
  api.openapi(checkOwnersRoute, (c) => {
    const { dialect, content, paths = [] } = c.req.valid('json')
    return c.json(schemas.toCheckedJson(checkOwners(c.env.actor, { dialect, content, paths })), 200)
  })
}
