/** What somebody says in a room; `clientId` is drawn by the writer, and the same for what is sent again. */
export type NewMessage = { room: string; userId: string; clientId: string; text: string }

/** Numbers of a room begin with 1 and have no gaps. */
export type Message = NewMessage & { number: number; sentAt: string }

export const MAX_TEXT_LENGTH = 4000
export const CLIENT_ID = /^[\x21-\x7e]{1,64}$/
