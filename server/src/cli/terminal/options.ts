import { UsageError } from './command.ts'

export function wholeNumberOption(name: string, text: string, min: number, max: number): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
  if (value >= min && value <= max) return value
  throw new UsageError(`--${name} must be a whole number from ${min} to ${max}, but is ${JSON.stringify(text)}`)
}
