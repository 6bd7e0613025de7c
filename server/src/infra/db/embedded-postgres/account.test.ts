import { expect, test } from 'bun:test'
import { chooseCapability, findSystemUser, mayEnter } from './account.ts'

const nobody = { name: 'nobody', uid: 65534, gid: 65534 }

test('PostgreSQL started by root runs as the user postgres where there is one, else as nobody', () => {
  const root = 'root:x:0:0:root:/root:/bin/bash\n'
  const plain = `${root}nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n`
  const withPostgres = `${plain}postgres:x:101:104:PostgreSQL:/var/lib/postgresql:/bin/bash\n`

  expect(findSystemUser(withPostgres)).toEqual({ name: 'postgres', uid: 101, gid: 104 })
  expect(findSystemUser(plain)).toEqual(nobody)
  expect(findSystemUser(root)).toBeUndefined()
  expect(findSystemUser(`${root}nobody:*:-2:-2:Unprivileged User:/var/empty:/usr/bin/false\n`)).toBeUndefined()
})

test('a folder may be entered by the first class of users one belongs to, and by no other class', () => {
  expect(mayEnter({ mode: 0o40700, uid: 0, gid: 0 }, nobody)).toBe(false)
  expect(mayEnter({ mode: 0o40701, uid: 0, gid: 0 }, nobody)).toBe(true)
  expect(mayEnter({ mode: 0o40710, uid: 0, gid: nobody.gid }, nobody)).toBe(true)
  expect(mayEnter({ mode: 0o40701, uid: 0, gid: nobody.gid }, nobody)).toBe(false)
  expect(mayEnter({ mode: 0o40700, uid: nobody.uid, gid: 0 }, nobody)).toBe(true)
  expect(mayEnter({ mode: 0o40077, uid: nobody.uid, gid: 0 }, nobody)).toBe(false)
})

test('the lesser capability is preferred where this process has it and it is enough', () => {
  const full = 'CapPrm:\t000001ffffffffff\nCapBnd:\t000001ffffffffff\n'
  const container =
    'CapInh:\t0000000000000000\nCapPrm:\t00000000a80425fb\nCapEff:\t00000000a80425fb\nCapBnd:\t00000000a80425fb\n'
  const bounded = 'CapPrm:\t000001ffffffffff\nCapBnd:\t0000000000000000\n'

  expect(chooseCapability(full, true)).toBe('dac_read_search')
  expect(chooseCapability(full, false)).toBe('dac_override')
  expect(chooseCapability(container, true)).toBe('dac_override')
  expect(chooseCapability(bounded, true)).toBeUndefined()
  expect(chooseCapability('', true)).toBeUndefined()
})
