import { afterEach, expect, test } from 'bun:test'
import { cpSync, existsSync, mkdtempSync, mkdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { StartupError } from '../../../shared/errors.ts'
import { findBinaries, hydrateSymlinks } from './binaries.ts'

const folders: string[] = []

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

async function aPackageWithoutItsLinks(): Promise<string> {
  const packageRoot = mkdtempSync(join(tmpdir(), 'tandem-binaries-'))
  folders.push(packageRoot)
  const { postgres } = await findBinaries()
  const original = dirname(dirname(dirname(postgres)))
  cpSync(join(original, 'scripts'), join(packageRoot, 'scripts'), { recursive: true })
  mkdirSync(join(packageRoot, 'native', 'lib'), { recursive: true })
  writeFileSync(join(packageRoot, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(packageRoot, 'native', 'lib', 'libpq.so.5.18'), '')
  const links = [{ source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' }]
  writeFileSync(join(packageRoot, 'native', 'pg-symlinks.json'), JSON.stringify(links))
  return packageRoot
}

test('the links that npm leaves out with --ignore-scripts are made at the first start', async () => {
  const packageRoot = await aPackageWithoutItsLinks()

  await Promise.all([hydrateSymlinks(packageRoot), hydrateSymlinks(packageRoot)])

  expect(readlinkSync(join(packageRoot, 'native', 'lib', 'libpq.so.5'))).toBe('libpq.so.5.18')
})

test('a package whose links cannot be made is refused with what to do about it', async () => {
  const packageRoot = await aPackageWithoutItsLinks()
  rmSync(join(packageRoot, 'native', 'lib', 'libpq.so.5.18'))

  const refusal = await hydrateSymlinks(packageRoot).catch((error: unknown) => error)

  expect(refusal).toBeInstanceOf(StartupError)
  expect((refusal as StartupError).message).toContain('npm rebuild')
})

test('the installed server is found with its major version', async () => {
  const binaries = await findBinaries()

  expect(binaries.majorVersion).toBe('18')
  expect(existsSync(binaries.initdb) && existsSync(binaries.postgres)).toBe(true)
})
