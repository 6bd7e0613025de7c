import type { Import, SourceFile, SourceText, SyntaxNode } from './source.ts'
import { lineOf } from './source.ts'

export type Violation = { path: string; line: number; reason: string }
export type Rule = {
  title: string
  appliesTo: (path: string) => boolean
  findViolations: (files: readonly SourceFile[]) => Violation[]
  /** Each of these alone breaks the rule: the rule's own test. */
  planted: readonly SourceText[]
  /** These keep the rule, though they look like breaking it. */
  allowed: readonly SourceText[]
}

export function isTest(path: string): boolean {
  return path.endsWith('.test.ts')
}

export function isUnder(folder: string): (path: string) => boolean {
  return (path) => path.startsWith(`${folder}/`)
}

export function isProductCode(path: string): boolean {
  return path.startsWith('server/src/') && !path.startsWith('server/src/testing/') && !isTest(path)
}

export function isTypeScript(path: string): boolean {
  return /\.(ts|tsx|mts)$/.test(path)
}

type Reason = string | undefined

/** Judges every import; `check` gives the reason why it may not stand there. */
export function forImports(check: (path: string, imported: Import) => Reason): Rule['findViolations'] {
  return (files) =>
    files.flatMap(({ path, imports }) =>
      imports.flatMap((imported) => {
        const reason = check(path, imported)
        return reason === undefined ? [] : [{ path, line: imported.line, reason }]
      }),
    )
}

/** Judges every node of the syntax; `check` gives the reason why it may not stand there. */
export function forNodes(check: (node: SyntaxNode, file: SourceFile) => Reason): Rule['findViolations'] {
  return (files) =>
    files.flatMap((file) =>
      file.nodes.flatMap((node) => {
        const reason = check(node, file)
        return reason === undefined ? [] : [{ path: file.path, line: lineOf(file, node), reason }]
      }),
    )
}

export function forFiles(check: (file: SourceFile) => Reason): Rule['findViolations'] {
  return (files) =>
    files.flatMap((file) => {
      const reason = check(file)
      return reason === undefined ? [] : [{ path: file.path, line: 1, reason }]
    })
}
