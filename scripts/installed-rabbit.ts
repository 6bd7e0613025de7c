/** Whether there is a `rabbitmq-server` on the PATH; where none is, its Debian package is installed if that can be. */
export async function installRabbit(): Promise<boolean> {
  if (Bun.which('rabbitmq-server') !== null) return true
  if (process.getuid?.() !== 0 || Bun.which('apt-get') === null) return false
  console.log('Installing RabbitMQ from the Debian package…')
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', 'rabbitmq-server']]) {
    await Bun.spawn({ cmd: ['apt-get', '-qq', ...args], env, stdio: ['ignore', 'ignore', 'inherit'] }).exited
  }
  return Bun.which('rabbitmq-server') !== null
}
