export type TeamMember = { user_id: string; username: string; is_active: boolean }
export type Team = { team_name: string; members: readonly TeamMember[] }
export type PullRequest = { pull_request_id: string; assigned_reviewers: readonly string[] }
export type PullRequestAnswer = { pr: PullRequest }
