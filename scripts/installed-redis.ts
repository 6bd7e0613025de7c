/** Whether there is a `redis-server` on the PATH; where none is, its Debian package is installed if that can be. */
export async function installRedis(): Promise<boolean> {
  if (Bun.which('redis-server') !== null) return true
  if (process.getuid?.() !== 0 || Bun.which('apt-get') === null) return false
  console.log('Installing Redis from the Debian package…')
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  // A package starts its service where it can; the tests start servers of their own, on ports of their own.
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', 'redis-server']]) {
    await Bun.spawn({ cmd: ['apt-get', '-qq', ...args], env, stdio: ['ignore', 'ignore', 'inherit'] }).exited
  }
  return Bun.which('redis-server') !== null
}
