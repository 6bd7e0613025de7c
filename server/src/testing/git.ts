/** Tests of git are left out, loudly, where there is none; CI installs it first. */
export const hasGit = Bun.which('git') !== null
if (!hasGit) process.stderr.write('No git on the PATH: tests of git are LEFT OUT (Debian: git)\n')

export type Author = { name: string; mail: string }

/** Runs git in a folder, past the settings of whoever runs the tests. */
export async function runGit(folder: string, args: readonly string[], author: Author, atS: number): Promise<void> {
  const date = `@${atS} +0000`
  const child = Bun.spawn({
    cmd: ['git', '-C', folder, ...args],
    env: {
      PATH: process.env['PATH'],
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_AUTHOR_NAME: author.name,
      GIT_AUTHOR_EMAIL: author.mail,
      GIT_AUTHOR_DATE: date,
      GIT_COMMITTER_NAME: author.name,
      GIT_COMMITTER_EMAIL: author.mail,
      GIT_COMMITTER_DATE: date,
    },
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'pipe',
  })
  const complaint = await child.stderr.text()
  if ((await child.exited) !== 0) throw new Error(`git ${args.join(' ')}: ${complaint}`)
}
