import { posix } from 'node:path'
import { parseSync } from 'oxc-parser'

export type SourceText = { path: string; text: string }
export type Import = { specifier: string; target: string | undefined; isTypeOnly: boolean; line: number }
export type SyntaxNode = { type: string; start: number; [field: string]: unknown }
export type SourceFile = SourceText & { lineCount: number; nodes: readonly SyntaxNode[]; imports: readonly Import[] }

/** `target` is the imported file of our own, from the root of the repository; packages have none. */
export function parseSource({ path, text }: SourceText): SourceFile {
  const { program, errors } = parseSync(path, text)
  const problem = errors[0]
  if (problem !== undefined) throw new SyntaxError(`${path}: ${problem.message}`)
  const nodes = [...eachNode(program)]
  const lineCount = text.split('\n').length - (text.endsWith('\n') ? 1 : 0)
  return { path, text, lineCount, nodes, imports: nodes.flatMap((node) => importOf(path, text, node)) }
}

export function lineOf(file: SourceText, node: SyntaxNode): number {
  return lineAt(file.text, node.start)
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length
}

function* eachNode(value: unknown): Generator<SyntaxNode> {
  if (Array.isArray(value)) {
    for (const item of value) yield* eachNode(item)
  } else if (typeof value === 'object' && value !== null) {
    if (isNode(value)) yield value
    for (const field of Object.values(value)) yield* eachNode(field)
  }
}

export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value
}

/** The value of a string literal, or of a template without holes. */
export function stringOf(node: unknown): string | undefined {
  if (!isNode(node)) return undefined
  if (node.type === 'Literal' && typeof node['value'] === 'string') return node['value']
  if (node.type !== 'TemplateLiteral') return undefined
  return (node['quasis'] as { value: { cooked: string } }[]).map(({ value }) => value.cooked).join('?')
}

/** `process.env` of `process.env.HOME`: the dotted name of an access without calls in between. */
export function dottedName(node: unknown): string | undefined {
  if (!isNode(node)) return undefined
  if (node.type === 'Identifier') return String(node['name'])
  if (node.type === 'MetaProperty') return 'import.meta'
  if (node.type !== 'MemberExpression') return undefined
  const object = dottedName(node['object'])
  const property = node['computed'] === true ? stringOf(node['property']) : dottedName(node['property'])
  return object === undefined || property === undefined ? undefined : `${object}.${property}`
}

const IMPORTING = [
  'ImportDeclaration',
  'ExportNamedDeclaration',
  'ExportAllDeclaration',
  'ImportExpression',
  'TSImportType',
]

function importOf(path: string, text: string, node: SyntaxNode): Import[] {
  const isRequire = node.type === 'CallExpression' && dottedName(node['callee']) === 'require'
  if (!isRequire && !IMPORTING.includes(node.type)) return []
  const specifier = stringOf(isRequire ? (node['arguments'] as unknown[])[0] : node['source'])
  if (specifier === undefined) return []
  const isTypeOnly = node.type === 'TSImportType' || [node['importKind'], node['exportKind']].includes('type')
  return [{ specifier, target: resolveOwn(path, specifier), isTypeOnly, line: lineAt(text, node.start) }]
}

function resolveOwn(path: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(path), specifier)
  const [scope, workspace, ...rest] = specifier.split('/')
  return scope === '@tandem' ? [workspace, ...rest].join('/') : undefined
}
