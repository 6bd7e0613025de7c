export type RelayWork = { databaseUrl: string; workspaceId: number; amqpUrl: string }

export type FromRelay =
  | { kind: 'failed'; failure: string }
  | { kind: 'published'; count: number; sequence: number }
  | { kind: 'stopped' }

export type ToRelay = { kind: 'stop' }
