import type { Command, Question } from './bad-input.ts'

/** What `badCommands` and `badQuestions` are made from for notifications; done from the last to the first. */
export const notificationCommands: readonly Command[] = [
  {
    path: '/notification/test',
    good: { user_id: 'crew-2', channel: 'slack' },
    required: ['user_id', 'channel'],
    fields: { user_id: 'text', channel: 'policy' },
  },
  {
    path: '/notification/setPreferences',
    good: {
      user_id: 'crew-2',
      channels: [{ kind: 'slack', address: 'https://chat.invalid/hook' }],
      language: 'ru',
      time_zone: 'Europe/Berlin',
      quiet_hours: { from: '20:00', to: '09:00', weekends: true },
      kinds: ['assigned'],
    },
    required: ['user_id', 'channels[0].kind', 'quiet_hours.from', 'quiet_hours.to', 'quiet_hours.weekends'],
    fields: {
      user_id: 'text',
      channels: 'people',
      'channels[0].kind': 'policy',
      'channels[0].address': 'token',
      'quiet_hours.weekends': 'flag',
      'kinds[0]': 'policy',
    },
  },
  {
    path: '/notification/setTeamPreferences',
    good: {
      team_name: 'crew',
      channels: [{ kind: 'webhook', address: 'https://chat.invalid/hook' }],
      kinds: ['merged'],
      reminders: { nudge_after_hours: 1, propose_after_hours: 2 },
      member_defaults: { language: 'ru' },
    },
    required: ['team_name', 'reminders.nudge_after_hours', 'reminders.propose_after_hours'],
    fields: {
      team_name: 'text',
      channels: 'people',
      'channels[0].kind': 'policy',
      'channels[0].address': 'token',
      'kinds[0]': 'policy',
    },
  },
]

export const notificationQuestions: readonly Question[] = [
  {
    path: '/notification/getPreferences',
    good: { user_id: 'crew-1' },
    required: ['user_id'],
    fields: { user_id: 'text' },
  },
  {
    path: '/notification/getTeamPreferences',
    good: { team_name: 'crew' },
    required: ['team_name'],
    fields: { team_name: 'text' },
  },
  {
    path: '/notification/list',
    good: { user_id: 'crew-1' },
    required: ['user_id'],
    fields: { user_id: 'text', cursor: 'cursor', limit: 'limit' },
  },
]
