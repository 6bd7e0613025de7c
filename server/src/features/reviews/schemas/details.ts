import { MAX_PATH_LENGTH, pathField, textField, z } from '../../../infra/http/schemas.ts'
import { isStorable } from '../../../shared/text.ts'
import type { ChangedFile, Details } from '../domain/pull-request.ts'

const MAX_FILES = 3000
const MAX_LABELS = 100
const MAX_URL = 2000
const MAX_LINES = 1_000_000_000

const path = pathField('src/search/index.ts')

const lines = z.int('must be a whole number').min(0, 'must not be negative').max(MAX_LINES, 'is too large')

export const ChangedFileSchema = z
  .strictObject({
    path,
    added: lines.optional().openapi({ example: 40 }),
    deleted: lines.optional().openapi({ example: 3 }),
  })
  .openapi('ChangedFile')

type FileJson = z.infer<typeof ChangedFileSchema>

const fileList = z.array(ChangedFileSchema).max(MAX_FILES, `must have at most ${MAX_FILES} files`)

/** Files come by the thousand, and checking them by their schema takes several times as long: it is asked only what is wrong. */
const quickFileList = z
  .custom<FileJson[]>()
  .superRefine((value, context) => {
    if (isSurelyFiles(value)) return
    for (const issue of fileList.safeParse(value).error?.issues ?? []) context.addIssue({ ...issue })
  })
  .openapi({ type: 'array', items: { $ref: '#/components/schemas/ChangedFile' }, maxItems: MAX_FILES })

function isSurelyFiles(value: unknown): boolean {
  return Array.isArray(value) && value.length <= MAX_FILES && value.every(isSurelyFile)
}

function isSurelyFile(item: unknown): boolean {
  if (typeof item !== 'object' || item === null) return false
  const { path: name, added, deleted, ...others } = item as Record<string, unknown>
  for (const _ in others) return false
  return isLines(added) && isLines(deleted) && isPath(name)
}

function isPath(value: unknown): boolean {
  return typeof value === 'string' && value.length > 0 && value.length <= MAX_PATH_LENGTH && isStorable(value)
}

function isLines(value: unknown): boolean {
  return value === undefined || (Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MAX_LINES)
}

const url = z
  .url({ protocol: /^https?$/, error: 'must be a URL like https://host/path' })
  .max(MAX_URL, `must have at most ${MAX_URL} characters`)
  .refine(isStorable, 'must not contain NUL or half a surrogate pair')
  .openapi({ example: 'https://git.example.com/shop/web/pull/1001' })

/** What may be said of a pull request beside the contract's three fields, all of it optional. */
export const detailFields = {
  is_draft: z
    .boolean()
    .optional()
    .openapi({ description: 'A draft gets its reviewers when it is none any more.', example: false }),
  repository: textField('shop/web').optional(),
  files: quickFileList.optional(),
  labels: z.array(textField('urgent')).max(MAX_LABELS, `must have at most ${MAX_LABELS} labels`).optional(),
  url: url.optional(),
}

export type DetailFields = {
  repository?: string | undefined
  files?: readonly z.infer<typeof ChangedFileSchema>[] | undefined
  labels?: readonly string[] | undefined
  url?: string | undefined
}

/** Null where nothing was given. */
export function fromDetailFields({ repository, files, labels, url: at }: DetailFields): Details | null {
  if (repository === undefined && files === undefined && labels === undefined && at === undefined) return null
  const details: Details = {}
  if (repository !== undefined) details.repository = repository
  if (at !== undefined) details.url = at
  if (labels !== undefined) details.labels = labels
  if (files !== undefined) {
    details.files = files.map(({ path: name, added = null, deleted = null }): ChangedFile => [name, added, deleted])
  }
  return details
}

export function toFilesJson(files: readonly ChangedFile[] = []): z.infer<typeof ChangedFileSchema>[] {
  return files.map(([name, added, deleted]) => ({
    path: name,
    ...(added === null ? {} : { added }),
    ...(deleted === null ? {} : { deleted }),
  }))
}
