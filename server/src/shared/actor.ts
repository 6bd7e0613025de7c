/** Who asks. Until access control comes, every call over HTTP is `local`. */
export type Actor =
  | { kind: 'local' }
  | { kind: 'token'; tokenId: string }
  | { kind: 'user'; userId: string }
  | { kind: 'job'; jobName: string }
  | { kind: 'codeHost'; host: string }

/** The actor as it stands in logs and records, e.g. `local` or `user:ada`. */
export function actorLabel(actor: Actor): string {
  switch (actor.kind) {
    case 'local':
      return 'local'
    case 'token':
      return `token:${actor.tokenId}`
    case 'user':
      return `user:${actor.userId}`
    case 'job':
      return `job:${actor.jobName}`
    case 'codeHost':
      return `codeHost:${actor.host}`
  }
}
