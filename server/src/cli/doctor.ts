import { parseArgs } from 'node:util'
import { databaseOf, parseSettings, type Config } from '../config.ts'
import { freeSpace, readDatabaseFacts } from '../infra/db/database-facts.ts'
import { readNotice } from '../infra/db/embedded-postgres/ownership.ts'
import { examineBroker } from './doctor/broker.ts'
import { judgeDatabase, judgeDisk, judgeUnreachable } from './doctor/database.ts'
import { examineEndpoint } from './doctor/endpoints.ts'
import { formatFindings, topic, type Finding } from './doctor/finding.ts'
import { judgeMachine, readMachineFacts } from './doctor/machine.ts'
import { examineMail } from './doctor/mail.ts'
import { examinePort } from './doctor/port.ts'
import { examineRedis } from './doctor/redis.ts'
import { judgeSettings } from './doctor/settings.ts'
import { startCommand, type Command } from './terminal/command.ts'
import { wholeNumberOption } from './terminal/options.ts'

const MAX_PROCESSES = 1000

export const doctor: Command = {
  usage: `Looks at an installation and says what is wrong with it and what to do next. Changes nothing.

Usage: npm run doctor -- [options]

  --processes <number>  processes on this database, workers of all nodes together; 1 unless said otherwise
  --json                the findings as JSON
  --help                this text

Exit code 1 when something must be put right (✗); what may become a problem (!) does not count.`,
  async run(args, { environment, print }) {
    const { values } = parseArgs({
      args,
      options: { json: { type: 'boolean', default: false }, processes: { type: 'string', default: '1' } },
    })
    const processes = wholeNumberOption('processes', values.processes, 1, MAX_PROCESSES)
    const findings = await examine(environment, processes)
    const wrong = findings.filter(({ state }) => state === 'wrong').length
    const isWell = wrong === 0
    print(
      values.json ? JSON.stringify({ isWell, findings }, null, 2) : `${formatFindings(findings)}\n\n${summary(wrong)}`,
    )
    return isWell ? 0 : 1
  },
}

function summary(wrong: number): string {
  if (wrong === 0) return 'Nothing is wrong.'
  return wrong === 1 ? 'One thing is wrong.' : `${wrong} things are wrong.`
}

/** What does not depend on a wrong setting is looked at all the same. */
async function examine(
  environment: Readonly<Record<string, string | undefined>>,
  processes: number,
): Promise<Finding[]> {
  const { values, wrong } = parseSettings(environment)
  const config = Object.fromEntries(values) as Partial<Config>
  const isWrong = (name: keyof Config) => wrong.some((complaint) => complaint.startsWith(`${name} `))
  const parts = await Promise.all([
    examinePortOf(config),
    isWrong('DATABASE_URL') ? Promise.resolve([]) : examineDatabase(config, processes),
    examineRedis(config.REDIS_URL),
    examineBroker(config.AMQP_URL),
    examineMail(config.SMTP_URL, config.MAIL_FROM),
    examineEndpoint('traces', 'OTEL_EXPORTER_OTLP_ENDPOINT', config.OTEL_EXPORTER_OTLP_ENDPOINT),
    examineEndpoint('error reports', 'SENTRY_DSN', config.SENTRY_DSN),
    examineMachine(config, processes),
  ])
  return [...judgeSettings(environment), ...parts.flat()]
}

async function examinePortOf({ LISTEN_HOST: host, PORT: port }: Partial<Config>): Promise<Finding[]> {
  return host === undefined || port === undefined ? [] : examinePort(host, port)
}

async function examineDatabase(config: Partial<Config>, processes: number): Promise<Finding[]> {
  const { TANDEM_DATA_DIR, DATABASE_POOL_SIZE: poolSize = 16 } = config
  const { url: given, dataDir } = databaseOf({
    DATABASE_URL: config.DATABASE_URL,
    TANDEM_DATA_DIR: TANDEM_DATA_DIR ?? '.tandem',
  })
  const url = given ?? (await readNotice(dataDir))?.url
  const ownDisk = given === undefined ? await examineDisk(dataDir) : []
  if (url === undefined) return [topic('database').ok('its own, which npm start starts'), ...ownDisk]
  try {
    const facts = await readDatabaseFacts(url)
    const { disk } = facts
    const next = 'Make room before PostgreSQL stops: old logs, WAL kept for replication slots, a larger disk.'
    const foreignDisk = disk === null || given === undefined ? [] : [judgeDisk('database disk', disk, next)]
    return [...judgeDatabase(facts, poolSize, processes), ...foreignDisk, ...ownDisk]
  } catch (error) {
    // What is embedded runs only while Tandem does.
    if (given === undefined) return [topic('database').ok('its own, which npm start starts'), ...ownDisk]
    return judgeUnreachable(error)
  }
}

async function examineDisk(folder: string): Promise<Finding[]> {
  const next = 'Make room, or let TANDEM_DATA_DIR name a folder on a larger disk.'
  try {
    return [judgeDisk('disk', await freeSpace(folder), next)]
  } catch {
    const parent = folder.replace(/\/[^/]+\/?$/, '') || '/'
    if (parent !== folder) return examineDisk(parent)
    return [topic('disk').wrong(`${folder} cannot be seen.`, 'Let TANDEM_DATA_DIR name a folder of this user.')]
  }
}

async function examineMachine(config: Partial<Config>, processes: number): Promise<Finding[]> {
  return judgeMachine(await readMachineFacts(), {
    processes,
    cacheMiB: config.CACHE_MAX_MIB ?? 0,
    requestsInFlight: config.MAX_REQUESTS_IN_FLIGHT ?? 0,
    poolSize: config.DATABASE_POOL_SIZE ?? 0,
  })
}

if (import.meta.main) await startCommand(doctor)
