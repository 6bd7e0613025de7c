import { forFiles, forNodes, isTest, isTypeScript, isUnder, type Rule } from './rule.ts'
import { dottedName, isNode, stringOf, type SourceFile, type SyntaxNode } from './source.ts'

const MOST_LINES_OF_A_FILE = 400
const LINES_OF_SHARED = 300

export const formRules: readonly Rule[] = [
  {
    title: `no file is longer than ${MOST_LINES_OF_A_FILE} lines`,
    appliesTo: () => true,
    findViolations: forFiles(({ lineCount }) =>
      lineCount > MOST_LINES_OF_A_FILE ? `${lineCount} lines; the most is ${MOST_LINES_OF_A_FILE}` : undefined,
    ),
    planted: [{ path: 'server/src/app.ts', text: 'start()\n'.repeat(MOST_LINES_OF_A_FILE + 1) }],
    allowed: [{ path: 'server/src/app.ts', text: 'start()\n'.repeat(MOST_LINES_OF_A_FILE) }],
  },
  {
    title: `shared stays under ${LINES_OF_SHARED} lines in all`,
    appliesTo: (path) => isUnder('server/src/shared')(path) && !isTest(path),
    findViolations: (files) => {
      const lines = files.reduce((sum, { lineCount }) => sum + lineCount, 0)
      const path = files[0]?.path ?? ''
      return lines < LINES_OF_SHARED ? [] : [{ path, line: 1, reason: `shared has ${lines} lines in all` }]
    },
    planted: [{ path: 'server/src/shared/ids.ts', text: 'start()\n'.repeat(LINES_OF_SHARED) }],
    allowed: [{ path: 'server/src/shared/ids.ts', text: 'start()\n'.repeat(LINES_OF_SHARED - 1) }],
  },
  {
    title: 'files and folders are named in kebab-case',
    appliesTo: () => true,
    findViolations: forFiles(({ path }) =>
      path.split('/').every((name) => /^[a-z0-9]+([-.][a-z0-9]+)*$/.test(name))
        ? undefined
        : 'the name is not kebab-case',
    ),
    planted: [
      { path: 'server/src/features/people/createTeam.ts', text: '' },
      { path: 'server/src/infra/Db/database.ts', text: '' },
      { path: 'server/src/features/people/create_team.ts', text: '' },
    ],
    allowed: [{ path: 'server/src/features/people/create-team.db.test.ts', text: '' }],
  },
  {
    title: 'there are no default exports, enums, interfaces, namespaces or parameter properties',
    appliesTo: isTypeScript,
    findViolations: forNodes(forbiddenForm),
    planted: [
      { path: 'server/src/app.ts', text: 'export default function start() {}' },
      { path: 'server/src/app.ts', text: 'const app = 1\nexport { app as default }' },
      { path: 'server/src/app.ts', text: 'enum Role { Api }' },
      { path: 'server/src/app.ts', text: 'export interface App { port: number }' },
      { path: 'server/src/app.ts', text: 'namespace App { export const port = 1 }' },
      { path: 'server/src/app.ts', text: 'class App { constructor(private port: number) {} }' },
    ],
    allowed: [
      { path: 'server/src/app.ts', text: 'declare global { interface Array<T> { last: T } }' },
      { path: 'server/src/app.ts', text: `const text = 'enum Role {}' // export default interface` },
    ],
  },
  {
    title: 'functions of a module are declarations, not constants that hold an arrow',
    appliesTo: isTypeScript,
    findViolations: forNodes((node) =>
      node.type === 'Program' && topLevelArrow(node) !== undefined
        ? `${topLevelArrow(node)} should be a function declaration`
        : undefined,
    ),
    planted: [
      { path: 'server/src/app.ts', text: 'export const start = () => 1' },
      { path: 'server/src/app.ts', text: 'const start = async function () {}' },
    ],
    allowed: [
      {
        path: 'server/src/app.ts',
        text: 'const start: Handler = () => 1\nfunction go() { const twice = (n) => n * 2 }',
      },
    ],
  },
  {
    title: 'no test is skipped, left for later or run alone',
    appliesTo: isTest,
    findViolations: forNodes((node) => {
      const name = node.type === 'CallExpression' ? dottedName(calledOf(node)) : undefined
      const isNarrowed = /^(test|it|describe)(\.\w+)*\.(only|skip|todo)(\.|$)/.test(name ?? '')
      return isNarrowed || /^[xf](test|it|describe)$/.test(name ?? '') ? `${name} may not be committed` : undefined
    }),
    planted: [
      { path: 'server/src/app.test.ts', text: `test.only('starts', () => {})` },
      { path: 'server/src/app.test.ts', text: `describe.skip('app', () => {})` },
      { path: 'server/src/app.test.ts', text: `test.todo('starts')` },
      { path: 'server/src/app.test.ts', text: `test.skip.each([1])('starts', () => {})` },
      { path: 'server/src/app.test.ts', text: `xit('starts', () => {})` },
    ],
    allowed: [{ path: 'server/src/app.test.ts', text: `test.each([1])('takes only %i', () => { list.skip(1) })` }],
  },
]

function calledOf(node: SyntaxNode): unknown {
  const callee = node['callee']
  return isNode(callee) && callee.type === 'CallExpression' ? calledOf(callee) : callee
}

function forbiddenForm(node: SyntaxNode, file: SourceFile): string | undefined {
  switch (node.type) {
    case 'ExportDefaultDeclaration':
      return 'export it by name'
    case 'ExportSpecifier':
      return [dottedName(node['exported']), stringOf(node['exported'])].includes('default')
        ? 'export it by name'
        : undefined
    case 'TSEnumDeclaration':
      return 'use a union instead of an enum'
    case 'TSInterfaceDeclaration':
      return isAmbient(node, file) ? undefined : 'use a type instead of an interface'
    case 'TSModuleDeclaration':
      return node['kind'] === 'namespace' ? 'use a module instead of a namespace' : undefined
    case 'TSParameterProperty':
      return 'declare the field and assign it'
    default:
      return undefined
  }
}

/** Only an interface can add to a type of the platform or of a package. */
function isAmbient(node: SyntaxNode, file: SourceFile): boolean {
  const encloses = (other: SyntaxNode) => other.start <= node.start && Number(other['end']) >= Number(node['end'])
  return file.nodes.some(
    (other) => other.type === 'TSModuleDeclaration' && other['kind'] !== 'namespace' && encloses(other),
  )
}

function topLevelArrow(program: SyntaxNode): string | undefined {
  const statements = (program['body'] as SyntaxNode[]).map((node) => (node['declaration'] as SyntaxNode | null) ?? node)
  const declarators = statements
    .filter(({ type }) => type === 'VariableDeclaration')
    .flatMap((node) => node['declarations'] as { id: SyntaxNode; init: SyntaxNode | null }[])
  const held = declarators.find(
    ({ id, init }) =>
      (id['typeAnnotation'] ?? null) === null && /^(ArrowFunction|Function)Expression$/.test(init?.type ?? ''),
  )
  return held === undefined ? undefined : dottedName(held.id)
}
