import type { Language } from '../domain/notification.ts'
import { english } from './en.ts'
import { russian } from './ru.ts'
import type { Texts } from './texts.ts'

export const textsIn: Readonly<Record<Language, Texts>> = { en: english, ru: russian }
