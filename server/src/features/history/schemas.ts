import { pathField, shownTimeField, textField, timeField, z } from '../../infra/http/schemas.ts'
import { isStorable } from '../../shared/text.ts'
import type { PastChange } from './domain/past-change.ts'
import type { HistoryStatus } from './get-history-status.ts'
import type { Imported } from './import-history.ts'

const personId = textField('u1')
const path = pathField('src/node.cc')
const time = timeField('2026-11-01T00:00:00Z')
const count = z.int('must be a whole number').min(0, 'must not be negative').openapi({ example: 12 })
const repository = z
  .string()
  .max(255, 'must have at most 255 characters')
  .refine(isStorable, 'must not contain NUL or half a surrogate pair')
  .openapi({ example: 'payments-api' })

/** One line of a history. */
export const PastChangeSchema = z
  .strictObject({
    pr: textField('1001').openapi({ description: 'Names the change, once in a repository.' }),
    at: time.openapi({ description: 'When it landed.' }),
    authored: time.optional().openapi({ description: 'When it was written; else when it landed.' }),
    author: personId,
    reviewers: z
      .array(personId)
      .openapi({ description: 'Those who reviewed it; none is fine.', example: ['u2', 'u3'] }),
    files: z.array(path),
    additions: count.optional(),
    deletions: count.optional(),
    renames: z
      .array(z.tuple([path, path]))
      .optional()
      .openapi({ description: 'From, to.', example: [['a.ts', 'b.ts']] }),
    deleted: z
      .array(path)
      .optional()
      .openapi({ example: ['old.ts'] }),
  })
  .openapi('PastChange')

export const ImportQuery = z.strictObject({
  repository: repository
    .optional()
    .openapi({ description: 'Where the changes landed; left out, there is one for all.' }),
})

export const StatusQuery = z.strictObject({
  repository: repository.optional().openapi({ description: 'Only this one.' }),
})

export const ImportedSchema = z
  .object({
    read: count.openapi({ description: 'Changes read.' }),
    imported: count.openapi({ description: 'Those that are new.' }),
    known: count.openapi({ description: 'Those that were there already and were left alone.', example: 0 }),
  })
  .openapi('ImportedHistory')

const landed = shownTimeField('2026-11-01T00:00:00.000000Z').nullable()

export const HistoryStatusSchema = z
  .object({
    changes: count,
    first_landed_at: landed,
    last_landed_at: landed,
    repositories: z.array(z.object({ repository, changes: count, last_landed_at: landed })),
  })
  .openapi('HistoryStatus')

export function fromPastChangeJson(repositoryName: string, json: z.infer<typeof PastChangeSchema>): PastChange {
  return {
    repository: repositoryName,
    changeId: json.pr,
    authorId: json.author,
    reviewerIds: json.reviewers,
    files: json.files,
    renames: json.renames ?? [],
    deleted: json.deleted ?? [],
    landedAt: Date.parse(json.at),
    writtenAt: Date.parse(json.authored ?? json.at),
    lines: (json.additions ?? 0) + (json.deletions ?? 0),
  }
}

export function toImportedJson({ read, imported, known }: Imported): z.infer<typeof ImportedSchema> {
  return { read, imported, known }
}

export function toStatusJson(status: HistoryStatus): z.infer<typeof HistoryStatusSchema> {
  return {
    changes: status.changes,
    first_landed_at: status.firstLandedAt,
    last_landed_at: status.lastLandedAt,
    repositories: status.repositories.map((one) => ({
      repository: one.repository,
      changes: one.changes,
      last_landed_at: one.lastLandedAt,
    })),
  }
}
