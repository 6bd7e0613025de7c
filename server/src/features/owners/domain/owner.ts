/** Who owns files, as a CODEOWNERS file names them; `name` is without its `@`. */
export type Owner = {
  /** GitLab's `@name` may be a user or a group. Who has a role only the code host knows. */
  kind: 'user' | 'team' | 'userOrTeam' | 'email' | 'role'
  name: string
}

export type Person = { userId: string; teamName: string }

/** Longer than any e-mail address may be (RFC 5321), so that no pattern below sees a text of any length. */
const MAX_LENGTH = 254
const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/
const GITHUB_USER = /^@[a-z\d][a-z\d_-]*$/i
const GITHUB_TEAM = /^@[a-z\d][a-z\d_-]*\/[a-z\d_-]+$/i
const GITLAB_NAME = /^@\w[\w.-]*$/
const GITLAB_GROUP = /^@\w[\w.-]*(\/\w[\w.-]*)+$/
const GITLAB_ROLE = /^@@(developer|maintainer|owner)s?$/i

/** `@user`, `@org/team` or an e-mail address; null for anything else. */
export function readGithubOwner(text: string): Owner | null {
  if (text.length > MAX_LENGTH) return null
  if (GITHUB_USER.test(text)) return { kind: 'user', name: text.slice(1) }
  if (GITHUB_TEAM.test(text)) return { kind: 'team', name: text.slice(1) }
  return EMAIL.test(text) ? { kind: 'email', name: text } : null
}

/** `@user`, `@group`, `@group/subgroup`, `@@role` or an e-mail address; null for anything else. */
export function readGitlabOwner(text: string): Owner | null {
  if (text.length > MAX_LENGTH) return null
  if (GITLAB_ROLE.test(text)) return { kind: 'role', name: text.slice(2) }
  if (GITLAB_NAME.test(text)) return { kind: 'userOrTeam', name: text.slice(1) }
  if (GITLAB_GROUP.test(text)) return { kind: 'team', name: text.slice(1) }
  return EMAIL.test(text) ? { kind: 'email', name: text } : null
}

/** The owner as a CODEOWNERS file writes it. */
export function ownerText({ kind, name }: Owner): string {
  if (kind === 'email') return name
  return kind === 'role' ? `@@${name}` : `@${name}`
}

/** Each owner once, in the order given; case does not count. */
export function distinctOwners(owners: readonly Owner[]): Owner[] {
  const seen = new Set<string>()
  return owners.filter((owner) => {
    const key = ownerText(owner).toLowerCase()
    return !seen.has(key) && seen.add(key)
  })
}

/**
 * Who is one of the owners: by user id (a handle or an e-mail address), or by team, which may be called `org/team` or
 * just `team`. Case does not count; nobody is known to have a role.
 */
export function ownerTest(owners: readonly Owner[]): (person: Person) => boolean {
  const userIds = new Set<string>()
  const teamNames = new Set<string>()
  for (const { kind, name } of owners) {
    const key = name.toLowerCase()
    if (kind === 'user' || kind === 'email' || kind === 'userOrTeam') userIds.add(key)
    if (kind === 'team' || kind === 'userOrTeam') teamNames.add(key)
    if (kind === 'team') teamNames.add(key.slice(key.lastIndexOf('/') + 1))
  }
  return ({ userId, teamName }) => userIds.has(userId.toLowerCase()) || teamNames.has(teamName.toLowerCase())
}
