import type { TeamSettings } from '../../../shared/roster.ts'

export type TeamMember = { userId: string; username: string; isActive: boolean }
export type Team = { teamName: string; members: readonly TeamMember[] }
export type User = TeamMember & { teamName: string }
export type TeamPolicy = TeamSettings & { teamName: string }
export type TeamSummary = TeamPolicy & { memberCount: number; activeCount: number }
