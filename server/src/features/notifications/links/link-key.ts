import { randomBytes } from 'node:crypto'
import type { Db } from '../../../infra/db/database.ts'
import { ensureLinkKey } from '../queries/messages.ts'

const KEY_BYTES = 32

/** A key drawn once for all processes and kept in the database; this process asks for it once. */
export function drawnLinkKey(db: Db, workspaceId: number): () => Promise<string> {
  let known: string | null = null
  return async () => {
    while (known === null) {
      // Whoever draws at the same time may not be seen at first.
      const [found] = await db.run(ensureLinkKey(workspaceId, randomBytes(KEY_BYTES).toString('base64url')))
      known = found?.key ?? null
    }
    return known
  }
}
