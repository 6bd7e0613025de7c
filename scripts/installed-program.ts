/** Whether there is such a program on the PATH; where none is, the Debian package of that name is installed if that can be. */
export async function installProgram(program: string): Promise<boolean> {
  if (Bun.which(program) !== null) return true
  if (process.getuid?.() !== 0 || Bun.which('apt-get') === null) return false
  console.log(`Installing the Debian package ${program}…`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  // A package starts its service where it can; the tests start servers of their own, on ports of their own.
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', program]]) {
    await Bun.spawn({ cmd: ['apt-get', '-qq', ...args], env, stdio: ['ignore', 'ignore', 'inherit'] }).exited
  }
  return Bun.which(program) !== null
}
