import { readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { StartupError } from '../../../shared/errors.ts'
import type { Binaries } from './binaries.ts'
import { runProgram } from './processes.ts'

export type User = { name: string; uid: number; gid: number }
/** Who PostgreSQL runs as: `prefix` goes in front of its command lines, `user` is set when that is not the present user. */
export type Account = { prefix: readonly string[]; user: User | undefined }

const DAC_OVERRIDE = 1
const DAC_READ_SEARCH = 2
const WAYS_OUT = 'Run Tandem as an ordinary user, or set DATABASE_URL to a PostgreSQL server.'

/** PostgreSQL refuses to run as root, so for root another user is chosen: the cluster's owner, `postgres` or `nobody`. */
export async function chooseAccount(binaries: Binaries, dataDir: string, clusterDir: string): Promise<Account> {
  if (process.geteuid?.() !== 0) return { prefix: [], user: undefined }
  const user = findOwner(clusterDir) ?? findSystemUser(readFileSync('/etc/passwd', 'utf8'))
  if (user === undefined) {
    throw new StartupError(`PostgreSQL does not run as root, and there is no other user here. ${WAYS_OUT}`)
  }

  const ids = ['--reuid', String(user.uid), '--regid', String(user.gid), '--clear-groups']
  const prefix = ['setpriv', ...ids, ...chooseExtraRights(binaries.postgres, dataDir, user)]
  const { code, output } = await runProgram([...prefix, 'true'])
  if (code === 0) return { prefix, user }
  throw new StartupError(
    `PostgreSQL does not run as root, and Tandem cannot run it as the user ${user.name} with setpriv (package util-linux): ` +
      `${output} ${WAYS_OUT}`,
  )
}

function findOwner(path: string): User | undefined {
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat === undefined || stat.uid === 0 ? undefined : { name: `number ${stat.uid}`, uid: stat.uid, gid: stat.gid }
}

export function findSystemUser(passwd: string): User | undefined {
  const users = passwd.split('\n').map((line) => line.split(':'))
  for (const wanted of ['postgres', 'nobody']) {
    const [name, , uid, gid] = users.find(([candidate]) => candidate === wanted) ?? []
    if (name !== undefined && Number(uid) > 0) return { name, uid: Number(uid), gid: Number(gid) }
  }
  return undefined
}

/**
 * A clone often lies in a folder that only root may enter; then PostgreSQL needs the least capability that lets it in. Its
 * programs also ask access(2) about themselves, which ignores the capabilities of ordinary users unless a secure bit is set.
 */
function chooseExtraRights(postgres: string, dataDir: string, user: User): string[] {
  const mayReachPrograms = isReachable(postgres, user)
  if (mayReachPrograms && isReachable(dataDir, user)) return []
  const status = process.platform === 'linux' ? readFileSync('/proc/self/status', 'utf8') : ''
  const capability = chooseCapability(status, mayEnter(statSync(postgres), user))
  if (capability === undefined) {
    throw new StartupError(
      `PostgreSQL does not run as root but as the user ${user.name}, who may not enter ${dataDir} or ${dirname(postgres)}, and ` +
        `this process may not grant it (CAP_DAC_OVERRIDE). Put both into folders that every user may enter. ${WAYS_OUT}`,
    )
  }
  const rights = ['--inh-caps', `+${capability}`, '--ambient-caps', `+${capability}`]
  return mayReachPrograms ? rights : [...rights, '--securebits', '+no_setuid_fixup']
}

export function chooseCapability(status: string, isExecutable: boolean): string | undefined {
  if (isExecutable && mayPassOn(status, DAC_READ_SEARCH)) return 'dac_read_search'
  return mayPassOn(status, DAC_OVERRIDE) ? 'dac_override' : undefined
}

export function isReachable(path: string, user: User): boolean {
  if (!mayEnter(statSync(path), user)) return false
  const parent = dirname(path)
  return parent === path || isReachable(parent, user)
}

export function mayEnter(file: { mode: number; uid: number; gid: number }, user: User): boolean {
  const shift = file.uid === user.uid ? 6 : file.gid === user.gid ? 3 : 0
  return ((file.mode >> shift) & 1) === 1
}

function mayPassOn(status: string, capability: number): boolean {
  return ['CapPrm', 'CapBnd'].every((set) => {
    const mask = new RegExp(`^${set}:\\s*([0-9a-f]+)$`, 'm').exec(status)?.[1] ?? '0'
    return ((BigInt(`0x${mask}`) >> BigInt(capability)) & 1n) === 1n
  })
}
