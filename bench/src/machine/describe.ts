import { cpus, release, totalmem } from 'node:os'

export type Machine = {
  cpu: string
  cores: number
  memory_gib: number
  system: string
  bun: string
  postgres: string
  /** With a `+` when the tree held changes that are not committed. */
  commit: string
}

export function describeMachine(postgres: string): Machine {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memory_gib: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${release()}`,
    bun: Bun.version,
    postgres,
    commit: commit(),
  }
}

function commit(): string {
  const hash = git('rev-parse', '--short', 'HEAD')
  if (hash === '') return 'unknown'
  return git('status', '--porcelain', '--', ':/server', ':/package-lock.json') === '' ? hash : `${hash}+`
}

function git(...args: readonly string[]): string {
  try {
    const { stdout, success } = Bun.spawnSync(['git', ...args], { cwd: import.meta.dir })
    return success ? stdout.toString().trim() : ''
  } catch {
    return ''
  }
}
