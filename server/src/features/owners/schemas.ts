import { textField, z } from '../../infra/http/schemas.ts'
import { isStorable } from '../../shared/text.ts'
import type { CheckedOwners } from './check-owners.ts'
import { dialects } from './domain/code-owners.ts'
import type { OwnedPath } from './domain/owned-paths.ts'
import { ownerText } from './domain/owner.ts'
import { MAX_ERRORS_TOLD, type OwnersSummary, type SectionSummary } from './owners-summary.ts'
import type { OwnersFile } from './queries/code-owners.ts'
import type { SetOwners } from './set-owners.ts'

const MAX_PATHS = 1000
const MAX_PATH_LENGTH = 4096

const repository = textField('acme/payments')
const dialect = z.enum(dialects).openapi({ example: 'github' })
const content = z
  .string()
  .refine(isStorable, 'must not contain NUL or half a surrogate pair')
  .openapi({ example: '* @acme/payments\n/docs/ @ada\n', description: 'The CODEOWNERS file as it is.' })
const path = z
  .string()
  .min(1, 'must not be empty')
  .max(MAX_PATH_LENGTH, `must have at most ${MAX_PATH_LENGTH} characters`)
  .openapi({ example: 'docs/api.md' })
const line = z.int().openapi({ example: 2 })
const owner = z.string().openapi({ example: '@ada' })
const rules = z.int().openapi({ example: 2 })
const section = z
  .string()
  .nullable()
  .openapi({ example: null, description: 'Null for what stands before any heading, and for GitHub.' })
const isOptional = z.boolean().openapi({ example: false })
const approvals = z.int().openapi({ example: 1 })

const errors = z
  .array(z.object({ line, message: z.string().openapi({ example: 'A pattern cannot be negated with ! here.' }) }))
  .openapi({ example: [], description: `What is wrong, by line: the first ${MAX_ERRORS_TOLD}.` })

const SectionSchema = z.object({ name: section, is_optional: isOptional, approvals, rules }).openapi('OwnersSection')
const sections = z.array(SectionSchema)

const OwnersSchema = z
  .object({
    repository,
    dialect,
    rules,
    errors,
    updated_at: z.iso.datetime().openapi({ example: '2026-11-21T09:30:00.000000Z' }),
  })
  .openapi('Owners')

export const StoredOwnersSchema = OwnersSchema.extend({ content, sections }).openapi('StoredOwners')
export const SetOwnersSchema = z.object({ owners: OwnersSchema })
export const NewOwnersSchema = z.strictObject({ repository, dialect, content }).openapi('NewOwners')
export const OwnersQuery = z.strictObject({ repository })
export const RepositorySchema = z.strictObject({ repository }).openapi('Repository')

export const OwnersCheckSchema = z
  .strictObject({ dialect, content, paths: z.array(path).max(MAX_PATHS, `must be at most ${MAX_PATHS}`).optional() })
  .openapi('OwnersCheck')

const OwnedPathSchema = z
  .object({
    path,
    ownerships: z
      .array(z.object({ section, is_optional: isOptional, approvals, line, owners: z.array(owner) }))
      .openapi({
        description:
          'One for each section that says something about the path, by the line that decides. Without owners: the line frees the path of them. Empty: no line mentions the path.',
      }),
  })
  .openapi('OwnedPath')

export const CheckedOwnersSchema = z
  .object({
    rules,
    errors,
    sections,
    paths: z.array(OwnedPathSchema),
    required_owners: z.array(owner).openapi({
      description:
        'Who owns any of the paths by a section that is not optional; when that is nobody, by one that is. Without roles: who has one is not known here.',
    }),
  })
  .openapi('CheckedOwners')

export function toOwnersJson({ repository: name, dialect: by, rules: count, errors: told, updatedAt }: SetOwners) {
  return { repository: name, dialect: by, rules: count, errors: [...told], updated_at: updatedAt }
}

export function toStoredJson(file: OwnersFile & OwnersSummary): z.infer<typeof StoredOwnersSchema> {
  return { ...toOwnersJson(file), content: file.content, sections: file.sections.map(toSectionJson) }
}

export function toCheckedJson(checked: CheckedOwners): z.infer<typeof CheckedOwnersSchema> {
  return {
    rules: checked.rules,
    errors: [...checked.errors],
    sections: checked.sections.map(toSectionJson),
    paths: checked.paths.map(toPathJson),
    required_owners: checked.required.map(ownerText),
  }
}

function toSectionJson({ isOptional: is_optional, ...rest }: SectionSummary): z.infer<typeof SectionSchema> {
  return { name: rest.name, is_optional, approvals: rest.approvals, rules: rest.rules }
}

function toPathJson({ path: written, ownerships }: OwnedPath): z.infer<typeof OwnedPathSchema> {
  return {
    path: written,
    ownerships: ownerships.map(({ isOptional: is_optional, owners, ...rest }) => ({
      section: rest.section,
      is_optional,
      approvals: rest.approvals,
      line: rest.line,
      owners: owners.map(ownerText),
    })),
  }
}
