import { settings } from '../../config.ts'

const BEGIN = '<!-- settings: made by `npm run docs` -->'
const END = '<!-- end of settings -->'

type SettingRow = { name: string; means: string; values: string; default: string | null }

/** The document with the table of settings between its markers made anew. */
export function withSettingsTable(document: string): string {
  const [before, inside] = document.split(BEGIN)
  const after = inside?.split(END)[1]
  if (before === undefined || after === undefined) throw new Error(`The document lacks ${BEGIN} or ${END}`)
  return `${before}${BEGIN}\n${settingsTable()}\n${END}${after}`
}

/** Every setting with its meaning, switched off, so that a copy of it changes nothing. */
export function environmentExample(): string {
  const blocks = settingRows().map(
    (row) =>
      `# ${row.means}\n${row.values === '' ? '' : `# ${sentence(row.values)}\n`}#${row.name}=${row.default ?? ''}\n`,
  )
  return [
    '# Copy to .env and switch on what should differ. Made by `npm run docs` from server/src/config.ts.\n',
    ...blocks,
  ].join('\n')
}

function settingsTable(): string {
  const rows = settingRows().map(({ name, means, values, ...row }) =>
    [`\`${name}\``, row.default === null ? '(none)' : `\`${row.default}\``, means, values].map(asCell).join(' | '),
  )
  return [
    '| setting | default | what it means | value |',
    '|---|---|---|---|',
    ...rows.map((row) => `| ${row} |`),
  ].join('\n')
}

function settingRows(): SettingRow[] {
  return Object.entries(settings).map(([name, setting]) => ({
    name,
    means: setting.means,
    values: valuesOf(setting.schema),
    default: 'default' in setting ? setting.default : null,
  }))
}

/** What values there are, from what the reader of the setting says about an empty one. */
function valuesOf(schema: (typeof settings)[keyof typeof settings]['schema']): string {
  const message = schema.safeParse('').error?.issues[0]?.message ?? ''
  return message === 'must not be empty' ? '' : message.replace(/^must be /, '')
}

function asCell(text: string): string {
  return text.replaceAll('|', '\\|')
}

function sentence(text: string): string {
  return `${text[0]!.toUpperCase()}${text.slice(1)}.`
}
