import { ruleCount, type CodeOwners, type LineError } from './domain/code-owners.ts'

/** What a CODEOWNERS file says about itself. */
export type OwnersSummary = { rules: number; errors: readonly LineError[]; sections: readonly SectionSummary[] }
export type SectionSummary = { name: string | null; isOptional: boolean; approvals: number; rules: number }

/** A file with an error in each of its lines shall not make an answer of many times its size. */
export const MAX_ERRORS_TOLD = 500

export function summarize(file: CodeOwners): OwnersSummary {
  return {
    rules: ruleCount(file),
    errors: file.errors.slice(0, MAX_ERRORS_TOLD),
    sections: file.sections.map(({ name, isOptional, approvals, rules, exclusions }) => ({
      name,
      isOptional,
      approvals,
      rules: rules.length + exclusions.length,
    })),
  }
}
