import { mkdir, readdir } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import type { Machine } from '../machine/describe.ts'
import type { Outcome } from '../scenario.ts'

export type Result = Outcome & { name: string }

export type Report = {
  at: string
  machine: Machine
  isQuick: boolean
  options: { generators: number; logLevel: string }
  results: readonly Result[]
}

/** A result with the run it is from. */
export type Recorded = { result: Result; report: Report; file: string }

export const RESULTS = join(import.meta.dir, '../../results')

export async function saveReport(report: Report): Promise<string> {
  await mkdir(RESULTS, { recursive: true })
  const file = join(RESULTS, `${report.at.slice(0, 19).replaceAll(':', '-')}.json`)
  await Bun.write(file, `${asJson(report)}\n`)
  return file
}

/** Indented, but for lists of numbers, which would take a line each. */
export function asJson(report: Report): string {
  return JSON.stringify(report, null, 2).replaceAll(/\[[\s\d.,e+-]+\]/g, (list) => list.replaceAll(/\s+/g, ''))
}

/** A recorded run by its path or its name in bench/results. */
export async function readReport(nameOrPath: string): Promise<Report> {
  const candidates = [resolve(nameOrPath), join(RESULTS, nameOrPath), join(RESULTS, `${nameOrPath}.json`)]
  for (const path of candidates) {
    const file = Bun.file(path)
    if (await file.exists()) return (await file.json()) as Report
  }
  throw new Error(`There is no recorded run ${nameOrPath}, neither as a path nor in bench/results.`)
}

/** Of each scenario the newest recorded result. */
export async function newestResults(): Promise<Map<string, Recorded>> {
  const newest = new Map<string, Recorded>()
  const names = (await readdir(RESULTS)).filter((name) => name.endsWith('.json')).toSorted()
  for (const name of names) {
    const report = await readReport(name)
    for (const result of report.results) {
      if ('judgements' in result) newest.set(result.name, { result, report, file: basename(name) })
    }
  }
  return newest
}
