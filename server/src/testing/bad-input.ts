type Fields = Readonly<Record<string, unknown>>

export type BadCase = {
  title: string
  method: string
  /** With its query string, exactly as it is sent. */
  target: string
  headers: Readonly<Record<string, string>>
  body?: string | Uint8Array<ArrayBuffer> | (() => ReadableStream<Uint8Array<ArrayBuffer>>)
  /** What the message must name, where one field is at fault. */
  names?: string
  /** The only right answer, where the kind of fault tells it; else any 4xx. */
  status?: number
}

export type Command = {
  path: string
  good: Fields
  required: readonly string[]
  fields: Readonly<Record<string, Kind>>
  /** It changes nothing, so that an Idempotency-Key means nothing to it. */
  takesNoKey?: boolean
}
export type Question = {
  path: string
  good: Readonly<Record<string, string>>
  required: readonly string[]
  fields: Readonly<Record<string, QueryKind>>
}

type Kind = 'text' | 'flag' | 'people' | 'ids' | 'count' | 'size' | 'policy' | 'token' | 'url' | 'uuid' | 'path'
type QueryKind = 'text' | 'name' | 'flag' | 'status' | 'time' | 'limit' | 'number' | 'sequence' | 'cursor'

const JSON_TYPE = { 'Content-Type': 'application/json' }

const notText: readonly unknown[] = [null, 0, 17, 1.5, true, false, [], ['text'], {}, { a: { b: 1 } }]
const badUrls = [
  '',
  'hook.invalid',
  '//hook.invalid/',
  'ftp://hook.invalid/',
  'file:///etc/passwd',
  'https://',
  'https://a b/',
].concat('javascript:alert(1)', 'https://user:secret@hook.invalid/', 'https://user@hook.invalid/', 'mailto:a@b.example')
const badUuids = [
  '',
  'x',
  '5f0c1c9e6a394a579f3b0d9d8e6f1a11',
  '{5f0c1c9e-6a39-4a57-9f3b-0d9d8e6f1a11}',
  'x'.repeat(36),
  '0'.repeat(36),
]
const notFlag: readonly unknown[] = [null, 0, 1, 'true', '', 'false', [], [true], {}]

/** Values no field of the kind takes, as JSON text. */
const badJson: Readonly<Record<Kind, readonly string[]>> = {
  text: [...notText.map(toJson), ...badTexts().map(toJson), String.raw`"\ud800"`, String.raw`"a\udc00b"`],
  token: [...notText.map(toJson), '""', toJson('x'.repeat(101))],
  flag: notFlag.map(toJson),
  people: [null, 1, 'text', true, {}, { 0: {} }, [null], [1], ['text'], [[{}]], [true]].map(toJson),
  ids: [null, 1, 'crew-2', true, {}, [], [null], [1], [['crew-2']], ['crew-2', 2]].map(toJson),
  size: [null, '1', -1, 0, 101, 1.5, 1e10, true, [], {}].map(toJson).concat('1e999'),
  count: [null, '1', -1, 3, 1.5, 1e10, true, [], {}].map(toJson).concat('1e999', '-0.5'),
  url: [...notText.map(toJson), ...badUrls.map(toJson), toJson(`https://hook.invalid/${'x'.repeat(2000)}`)],
  uuid: [...notText.map(toJson), ...badUuids.map(toJson)],
  path: [...notText.map(toJson), toJson('x'.repeat(5000))],
  policy: [null, '', 'Random', 'best', 1, true, [], {}, '__proto__'].map(toJson),
}

function badTexts(): string[] {
  return ['', 'x'.repeat(256), 'ж'.repeat(256), '😀'.repeat(256), 'x'.repeat(100_000), '\0', 'a\0b']
}

/** Bodies that are not one JSON object, whatever the operation. */
function brokenBodies(good: string): Readonly<Record<string, string | Uint8Array<ArrayBuffer>>> {
  const inner = good.slice(1, -1)
  const inText = good.indexOf(':"') + 2
  const withText = (text: string) => good.slice(0, inText) + text + good.slice(inText)
  const withBytes = (...values: number[]) =>
    new Uint8Array(
      Buffer.concat([Buffer.from(good.slice(0, inText)), Buffer.from(values), Buffer.from(good.slice(inText))]),
    )
  return {
    'no body at all': '',
    'white space': ' \n\t ',
    'a truncated body': good.slice(0, -1),
    'half a body': good.slice(0, good.length >> 1),
    'an opening brace': '{',
    'a closing brace too many': `${good}}`,
    'two documents': good + good,
    'a trailing comma': `{${inner},}`,
    'a leading comma': `{,${inner}}`,
    'single quotes': good.replaceAll('"', `'`),
    'keys without quotes': good.replaceAll(/"(\w+)":/g, '$1:'),
    'a comment': `/* body */${good}`,
    'a byte order mark twice': `\ufeff\ufeff${good}`,
    'a byte order mark inside': `{\ufeff${inner}}`,
    'the word NaN': `{${inner},"x":NaN}`,
    'the word Infinity': `{${inner},"x":-Infinity}`,
    'the word undefined': `{${inner},"x":undefined}`,
    'a hexadecimal number': `{${inner},"x":0x10}`,
    'a leading zero': `{${inner},"x":01}`,
    'a raw line break in a string': withText('a\nb'),
    'a bad escape': withText(String.raw`\q`),
    'half an escape': withText(String.raw`\u12`),
    'an XML document': '<team/>',
    'a form': 'team_name=crew',
    null: 'null',
    'a number': '42',
    'a string': '"text"',
    'a quoted body': JSON.stringify(good),
    true: 'true',
    'an empty array': '[]',
    'the body in an array': `[${good}]`,
    'arrays nested 100,000 deep': '['.repeat(100_000) + ']'.repeat(100_000),
    'arrays nested 100,000 deep and not closed': '['.repeat(100_000),
    'objects nested 100,000 deep': '{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000),
    'bytes that are not UTF-8': withBytes(0xff, 0xfe),
    'a character cut in half': withBytes(0xd0),
    'an overlong encoding': withBytes(0xc0, 0xaf),
    'an encoded surrogate': withBytes(0xed, 0xa0, 0x80),
    'UTF-16': new Uint8Array(Buffer.from(good, 'utf16le')),
    gzip: Bun.gzipSync(good),
  }
}

const contentTypes: Readonly<Record<string, string | null>> = {
  'no content type': null,
  'plain text': 'text/plain',
  'a form': 'application/x-www-form-urlencoded',
  'a multipart form': 'multipart/form-data; boundary=x',
  XML: 'application/xml',
  'text/json': 'text/json',
  'a name that only begins like JSON': 'application/jsonp',
  'JSON without its first half': 'json',
}

const unknownFields = ['x', 'id', 'Team_Name', 'toString', 'constructor', '__proto__', 'prototype', '']

/** All bad requests to a command. */
export function badCommands({ path, good, required, fields, takesNoKey = false }: Command): BadCase[] {
  const json = toJson(good)
  const post = (title: string, body: BadCase['body'], more: Partial<BadCase> = {}): BadCase => ({
    title,
    method: 'POST',
    target: path,
    headers: JSON_TYPE,
    ...(body !== undefined && { body }),
    status: 400,
    ...more,
  })
  const large = json.padEnd(1_048_577)
  return [
    ...Object.entries(fields).flatMap(([field, kind]) =>
      badJson[kind].map((bad) => post(`${field} is ${abridged(bad)}`, withField(good, field, bad), { names: field })),
    ),
    ...required.map((field) => post(`${field} is missing`, withField(good, field, undefined), { names: field })),
    ...unknownFields.map((field) =>
      post(`unknown field ${toJson(field)}`, `{${toJson(field)}:{"y":1},${json.slice(1)}`, { names: field }),
    ),
    ...unknownFields.map((field) =>
      post(`nothing but the unknown field ${toJson(field)}`, `{${toJson(field)}:${json}}`),
    ),
    ...Object.entries(brokenBodies(json)).map(([title, body]) => post(title, body)),
    ...Object.entries(contentTypes).map(([title, type]) =>
      post(`content type: ${title}`, new TextEncoder().encode(json), {
        headers: type === null ? {} : { 'Content-Type': type },
        status: 415,
      }),
    ),
    post('a body of one byte too many', large, { status: 413 }),
    post('a body of one byte too many, in chunks', () => inChunks(large), { status: 413 }),
    post('a body of 2 MiB, in chunks', () => inChunks(json.padEnd(2 * 1_048_576)), { status: 413 }),
    ...(takesNoKey ? [] : Object.entries(badKeys)).map(([title, key]) => post(title, json, withKey(key))),
    ...['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].map((method) =>
      post(`${method} instead of POST`, method === 'GET' ? undefined : json, { method, status: 405 }),
    ),
    post('a slash too many', json, { target: `${path}/`, status: 404 }),
    post('the path in capitals', json, { target: path.toUpperCase(), status: 404 }),
  ]
}

const badKeys: Readonly<Record<string, string>> = {
  'an empty Idempotency-Key': '',
  'an Idempotency-Key of spaces': '   ',
  'an Idempotency-Key of 256 characters': 'k'.repeat(256),
}

function withKey(key: string): Partial<BadCase> {
  return { headers: { ...JSON_TYPE, 'Idempotency-Key': key }, names: 'Idempotency-Key' }
}

const numbers = ['0', '-1', '+1', '1e3', 'abc', '', ' ', '1.5', '1,5', '0x10', 'NaN', 'Infinity', '٣', '1 2', 'null']
const notTimes = [
  '',
  'yesterday',
  'now',
  'infinity',
  'epoch',
  '0',
  '1767225600',
  '2026-01-01',
  '2026-01-01T00:00:00',
  '2026-01-01 00:00:00Z',
  '2026-13-01T00:00:00Z',
  '2026-02-30T00:00:00Z',
  '2026-01-01T25:00:00Z',
  '2026-01-01T24:00:00Z',
  '2026-01-01T00:60:00Z',
  '2026-01-01T00:00:61Z',
  '2026-01-01T00:00:00+24:00',
  '0000-01-01T00:00:00Z',
  '-000001-01-01T00:00:00Z',
  '294277-01-01T00:00:00Z',
  '+294277-01-01T00:00:00Z',
  '2026-01-01T00:00:00Z\0',
]

/** Hand-made cursors; those of the right size are right but for the time. */
const cursors: readonly string[] = [
  '',
  'x',
  '!!!',
  'a'.repeat(2001),
  ...[null, 1, 'text', {}, [], [1], [1, 2], [null, null], [['a'], 'b'], ['a', 'b', 'c']].map(cursorOf),
  ...['\0', 'a\0'].flatMap((text) => [cursorOf([text]), cursorOf([text, text])]),
  Buffer.from(String.raw`["\ud800"]`).toString('base64url'),
  Buffer.from(String.raw`["2026-01-01T00:00:00Z","\ud800"]`).toString('base64url'),
  Buffer.from('[ "a" ]').toString('base64url'),
  `${cursorOf(['a'])}=`,
  cursorOf(['crew', 'more']).slice(0, -3),
]
const cursorTimes = [
  ...notTimes,
  '2026-01-01T00:00:00+00:00',
  '2026-06-30T23:59:60Z',
  '2026-01-01T00:00:00.1234567Z',
  '-infinity',
]

function badQueryValues(path: string, kind: QueryKind): readonly string[] {
  switch (kind) {
    case 'text':
      return ['', ...badQueryValues(path, 'name')]
    case 'name':
      return ['x'.repeat(256), 'ж'.repeat(256), '😀'.repeat(256), '\0', 'a\0b']
    case 'flag':
      return ['', 'TRUE', 'True', '0', '1', 'yes', 'null', 'true ', '[]']
    case 'status':
      return ['', 'open', 'CLOSED', 'OPEN ', 'OPEN,MERGED', '0', '__proto__']
    case 'time':
      return notTimes
    case 'limit':
      return [...numbers, '501', '999999999999999999999']
    case 'number':
      return [...numbers, '1000000000']
    case 'sequence':
      return [...numbers.slice(1), '9007199254740992', '999999999999999999999']
    case 'cursor':
      return path === '/pullRequest/list' || path === '/job/list'
        ? [...cursors, cursorOf(['crew']), ...cursorTimes.map((time) => cursorOf([time, 'pr-1']))]
        : [...cursors, cursorOf(['crew', 'more'])]
  }
}

/** All bad requests to a question, but for broken percent signs. */
export function badQuestions({ path, good, required, fields }: Question): BadCase[] {
  const get = (title: string, query: string, more: Partial<BadCase> = {}): BadCase => ({
    title,
    method: 'GET',
    target: query === '' ? path : `${path}?${query}`,
    headers: {},
    status: 400,
    ...more,
  })
  const query = String(new URLSearchParams(good))
  return [
    ...Object.entries(fields).flatMap(([field, kind]) =>
      badQueryValues(path, kind).map((bad) =>
        get(`${field} is ${shown(bad, kind)}`, String(new URLSearchParams({ ...good, [field]: bad })), {
          names: field,
        }),
      ),
    ),
    ...required.map((field) => get(`${field} is missing`, queryWithout(good, field), { names: field })),
    ...Object.keys(fields).map((field) => {
      const others = queryWithout(good, field)
      return get(`${field} comes twice`, `${others}&${field}=1&${field}=1`, { names: field })
    }),
    ...['x', 'Limit', '__proto__', 'constructor', 'toString', 'user_id[]', ' limit'].map((field) =>
      get(`unknown parameter ${toJson(field)}`, `${query}&${encodeURIComponent(field)}=1`, { names: field }),
    ),
    ...['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].map((method) =>
      get(`${method} instead of GET`, query, { method, headers: JSON_TYPE, body: '{}', status: 405 }),
    ),
    get('a slash too many', query, { target: `${path}/?${query}`, status: 404 }),
    get('the path in capitals', query, { target: `${path.toUpperCase()}?${query}`, status: 404 }),
  ]
}

/** Questions whose percent signs stand for no character, for each parameter that takes any text. */
export function brokenPercentSigns(questions: readonly Question[]): BadCase[] {
  return questions.flatMap(({ path, good, fields }) =>
    Object.keys(fields)
      .filter((field) => fields[field] === 'text')
      .flatMap((field) =>
        ['%', '%Z', '%ZZ', '%FF', '%E0%A4%A', '%C0%AF', '%ED%A0%80'].map((bad) => {
          const others = queryWithout(good, field)
          return {
            title: `${path} ${field}=${bad}`,
            method: 'GET',
            target: `${path}?${others}&${field}=${bad}`,
            headers: {},
          }
        }),
      ),
  )
}

/** JSON of `good` with the field, such as `members[0].user_id`, replaced by raw JSON or, without any, left out. */
function withField(good: Fields, field: string, raw: string | undefined): string {
  const keys = field.split(/\[|\]\.?|\./).filter((key) => key !== '')
  const copy = structuredClone(good) as Record<string, unknown>
  const parent = keys
    .slice(0, -1)
    .reduce<Record<string, unknown>>((node, key) => node[key] as Record<string, unknown>, copy)
  if (raw === undefined) delete parent[keys.at(-1)!]
  else parent[keys.at(-1)!] = '@raw'
  return JSON.stringify(copy).replace('"@raw"', () => raw ?? '')
}

function queryWithout(good: Question['good'], field: string): string {
  return String(new URLSearchParams(Object.entries(good).filter(([name]) => name !== field)))
}

function toJson(value: unknown): string {
  return JSON.stringify(value)
}

function shown(value: string, kind: QueryKind): string {
  const key = kind === 'cursor' ? Buffer.from(value, 'base64url').toString() : ''
  return key.startsWith('[') ? `that of ${key}` : abridged(toJson(value))
}

function abridged(text: string): string {
  return text.length > 40 ? `${[...text].slice(0, 12).join('')}… (${text.length})` : text
}

function cursorOf(key: unknown): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url')
}

/** A stream has no length that could be told beforehand, so it is sent in chunks. */
function inChunks(text: string): ReadableStream<Uint8Array<ArrayBuffer>> {
  const all = new TextEncoder().encode(text)
  let sent = 0
  return new ReadableStream({
    pull(controller) {
      if (sent >= all.length) return controller.close()
      controller.enqueue(all.slice(sent, (sent += 65_536)))
    },
  })
}
